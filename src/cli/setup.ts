// `termite setup`: extracts every asset now, so that a home that is read-only later has all that serving needs.
import { createChildEnvironment } from "../config/env.ts";
import { TermiteError } from "../errors.ts";
import { formatBytes } from "../format-bytes.ts";
import type { AssetInfo, AssetStore } from "../runtime/assets.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags, openContext } from "./context.ts";
import { createInterrupt } from "./interrupt.ts";
import { writeData } from "./output.ts";
import { createStatusLine } from "./progress.ts";
import { openAssets } from "./store.ts";

const WORDS = { extracted: "extracted", mended: "damaged, extracted anew", there: "already there" } as const;
const RESULTS = { absent: "extracted", damaged: "mended", whole: "there" } as const;

/** One element of `setup --json`. */
export interface SetupRow {
  name: string;
  version: string;
  sizeBytes: number;
  result: keyof typeof WORDS;
  elapsedMs: number;
  path: string;
}

export const setupCommand = createCommand({
  name: "setup",
  summary: "extract everything now, for images and read-only homes",
  flags: { json: { type: "boolean", description: "as JSON" }, ...createConfigFlags() },
  examples: [
    ["termite setup", "libraries and model into the home folder, each checked by its hash"],
    ["termite setup --home /srv/termite --json", "into another folder, for scripts"],
  ],
  run: runSetup,
});

async function runSetup(invocation: Invocation): Promise<number> {
  const { loaded, environment } = await openContext(invocation, { quiet: true });
  const infos = readBuildInfo().assets;
  if (infos.length === 0) throw createEmpty();
  const interrupt = createInterrupt();
  const assets = openAssets(loaded.config.home, createChildEnvironment(environment), interrupt.signal);
  const isJson = invocation.flags["json"] === true;
  const rows: SetupRow[] = [];
  try {
    for (const info of infos) {
      const row = await interrupt.race(extract(assets, info));
      rows.push(row);
      if (!isJson) writeData(formatRow(row));
    }
  } finally {
    interrupt.close();
  }
  if (isJson) writeData(`${JSON.stringify({ assets: rows }, null, 2)}\n`);
  return 0;
}

async function extract(assets: AssetStore, { name, version, sizeBytes }: AssetInfo): Promise<SetupRow> {
  const startMs = performance.now();
  const status = createStatusLine();
  status.show(`${name}: ${formatBytes(sizeBytes)} …`);
  try {
    const before = await assets.inspect(name);
    if (before === "damaged") await assets.repair(name);
    const path = await assets.path(name);
    return { name, version, sizeBytes, result: RESULTS[before], elapsedMs: Math.round(performance.now() - startMs), path };
  } finally {
    status.clear();
  }
}

/** `pjrt-cpu 0.11.2: extracted, 201.6 MB, 912 ms, /home/me/.termite/runtime/…/pjrt_c_api_cpu_plugin.so`. */
export function formatRow({ name, version, sizeBytes, result, elapsedMs, path }: SetupRow): string {
  return `${name} ${version}: ${WORDS[result]}, ${formatBytes(sizeBytes)}, ${elapsedMs} ms, ${path}\n`;
}

function createEmpty(): TermiteError {
  return new TermiteError("asset_missing", "Cannot extract anything: no asset is inside this program", {
    hint: 'Use the executable that "npm start" builds',
  });
}
