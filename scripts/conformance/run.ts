// `bun run conformance DIR [--json] [--only GLOB,…] [--library PATH] [--workers N]`: the ONNX backend test cases below DIR
// (`a/node/<case>/`, `a/simple/<case>/`) through the converter and a PJRT plugin, the built-in one unless told otherwise.
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { resolveCachedEntry } from "../executable/asset-lock.ts";
import type { CaseResult, Outcome } from "./run-case.ts";
import { createWorker } from "./worker.ts";

const OUTCOMES: readonly Outcome[] = ["pass", "folded", "wrong", "unsupported", "error"];
const KINDS = ["a/node", "a/simple"];

interface Options {
  folders: string[];
  library: string;
  workers: number;
  onResult: (result: CaseResult) => void;
}

/** The results in the cases' order. */
async function runCases({ folders, library, workers, onResult }: Options): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  const queue = folders.map((folder, index) => ({ folder, index }));
  const drain = async (): Promise<void> => {
    const worker = createWorker(library);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = await worker.run(next.folder);
      results[next.index] = result;
      onResult(result);
    }
    await worker.close();
  };
  await Promise.all(Array.from({ length: Math.min(workers, folders.length) }, drain));
  return results;
}

function listCases(folder: string, only: string | undefined): string[] {
  const globs = only?.split(",").map((pattern) => new Bun.Glob(pattern));
  return KINDS.flatMap((kind) => {
    const path = join(folder, kind);
    const names = existsSync(path) ? readdirSync(path).sort() : [];
    return names.filter((name) => globs === undefined || globs.some((glob) => glob.match(name))).map((name) => join(path, name));
  });
}

const countOutcomes = (results: readonly CaseResult[]): Record<Outcome, number> => {
  const counts = { pass: 0, folded: 0, wrong: 0, unsupported: 0, error: 0 };
  for (const { outcome } of results) counts[outcome]++;
  return counts;
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: "boolean" }, only: { type: "string" }, library: { type: "string" }, workers: { type: "string" } },
  });
  const [folder] = positionals;
  const folders = folder === undefined ? [] : listCases(folder, values.only);
  if (folders.length === 0) throw new Error(`Cannot run cases: found none in "${folder ?? ""}", need its a/node and a/simple`);
  const library = values.library ?? await resolveCachedEntry(join(import.meta.dir, "../.."), "pjrt-cpu");
  if (!existsSync(library)) throw new Error('Cannot run cases: found no PJRT plugin, run "bun build.ts" or give --library');
  const write = (text: string): boolean => process.stdout.write(text);
  const show = ({ name, outcome, reason }: CaseResult): void => {
    if (values.json !== true && outcome !== "pass") write(`${outcome.padEnd(12)} ${name}${reason === undefined ? "" : `: ${reason}`}\n`);
  };
  const workers = Number(values.workers ?? availableParallelism());
  const results = await runCases({ folders, library, workers, onResult: show });
  const counts = countOutcomes(results);
  if (values.json === true) write(`${JSON.stringify({ ...counts, cases: results })}\n`);
  else write(`${OUTCOMES.map((outcome) => `${counts[outcome]} ${outcome}`).join(", ")}\n`);
  return 0;
}

process.exitCode = await main();
