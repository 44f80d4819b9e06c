// `bun run bench serving MODEL=FOLDER_OR_NAME [--pairs 8] [--seconds 8] [--only CELL,…] [--bare FORM] [--python PY --peer-model DIR] [--json]`:
// the compiled server beside the bare engine, in turns, and beside other servers. See README.md for the method and the figures.
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureFile } from "../start/file.ts";
import { startServer } from "../start/server.ts";
import { extractLibraries } from "../xla/libraries.ts";
import { createBareEngines } from "./bare-engine.ts";
import { CELLS, LONE, PEERS } from "./cells.ts";
import { startLoadClient } from "./load-client.ts";
import { measureCell, measureFloats, measureLone } from "./measure.ts";
import type { Bench, Row } from "./measure.ts";
import { resolveModel } from "./model.ts";
import { measurePeers } from "./peers.ts";
import { waitForServer } from "./server.ts";

const NAMES = [...CELLS.map(({ name }) => name), LONE.name, "floats", PEERS.name];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pairs: { type: "string", default: "8" },
    seconds: { type: "string", default: "8" },
    only: { type: "string", default: NAMES.join(",") },
    /** A form as "2x1:256" instead of the best of several. */
    bare: { type: "string" },
    python: { type: "string" },
    /** The same model with the files that Python's engines want. */
    "peer-model": { type: "string" },
    executable: { type: "string", default: join(import.meta.dir, "../../dist/termite") },
    json: { type: "boolean", default: false },
  },
});

function add(row: Row): void {
  rows.push(row);
  if (!values.json) console.log(formatRow(row));
}

function formatRow({ name, found, interval: [low, high], unit, bound, isGood, note }: Row): string {
  const round = (value: number): string => value.toFixed(3);
  return `${name.padEnd(34)} ${round(found).padStart(8)} ${unit} (${round(low)}-${round(high)}) ${bound}${isGood ? "" : "  MISSED"}  ${note}`;
}

async function measureAll(bench: Bench): Promise<void> {
  for (const cell of CELLS) if (wanted.has(cell.name)) (await measureCell(bench, cell)).forEach(add);
  if (wanted.has(LONE.name)) (await measureLone(bench)).forEach(add);
  if (wanted.has("floats")) (await measureFloats(bench)).forEach(add);
  if (!wanted.has(PEERS.name)) return;
  const { python, "peer-model": folder } = values;
  if (python === undefined || folder === undefined) console.error("Peers are not measured: need --python and --peer-model");
  else (await measurePeers(bench, { python, folder })).forEach(add);
}

const wanted = new Set(values.only.split(","));
const unknown = [...wanted].find((name) => !NAMES.includes(name));
if (unknown !== undefined) throw new TypeError(`Cannot measure "${unknown}": need one of ${NAMES.join(", ")}`);
const [modelText] = positionals.map((text) => text.replace(/^MODEL=/, ""));
if (modelText === undefined) throw new TypeError("Cannot measure: found no model in the arguments, need a folder or a name");

const rows: Row[] = [];
const folder = mkdtempSync(join(tmpdir(), "termite-bench-serving-"));
try {
  const libraries = await extractLibraries(values.executable, folder);
  const model = resolveModel(modelText, libraries.model);
  const client = startLoadClient();
  const server = startServer(values.executable, folder, model.flags);
  try {
    const route = { url: `${server.url}/v1/embeddings`, model: model.name, format: "base64" } as const;
    await waitForServer(`${server.url}/readyz`);
    const { sha256 } = await measureFile(values.executable);
    const cores = availableParallelism();
    if (!values.json) console.log(`sha256 ${sha256}, ${model.name}, ${cores} cores`);
    const bench: Bench = {
      client, server, route, cores, form: values.bare, engines: createBareEngines(client, libraries, model),
      pairs: Number(values.pairs), seconds: Number(values.seconds),
    };
    await measureAll(bench);
    if (values.json) console.log(JSON.stringify({ sha256, model: model.name, cores, rows }, null, 2));
  } finally {
    await client.stop();
    await server.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
