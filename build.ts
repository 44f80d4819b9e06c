// The one way to make the executable: `bun build.ts` writes dist/termite for this machine's platform (linux-x64).
// Fetches and compresses what assets.lock.json names, once; an executable that is up to date is left alone.
import { join } from "node:path";
import { TermiteError } from "./src/errors.ts";
import { fetchEntries } from "./scripts/executable/entries.ts";
import { readAssetLock, type AssetLock } from "./scripts/executable/asset-lock.ts";
import { isUpToDate, readBuildId, writeStamp } from "./scripts/executable/build-stamp.ts";
import { compile } from "./scripts/executable/compile.ts";
import { packAsset } from "./scripts/executable/pack.ts";
import { createStep, formatMegabytes, report } from "./scripts/executable/progress.ts";

const ROOT = import.meta.dir;
const CACHE = join(ROOT, ".cache");
const OUTFILE = join(ROOT, "dist", "termite");
const STAMP = join(CACHE, "build-stamp.json");
const LICENCES = join(ROOT, "THIRD-PARTY-LICENCES.txt");

async function build(): Promise<void> {
  const id = await readBuildId(ROOT);
  if (await isUpToDate(STAMP, OUTFILE, id)) return report(`dist/termite is up to date (${id})`);
  const lock = await readAssetLock(join(ROOT, "assets.lock.json"));
  checkPlatform(lock);
  const entries = await fetchEntries(lock, { root: ROOT, cache: CACHE });
  const packed = await Promise.all(lock.assets.map((asset) => packAsset(asset, entries, CACHE)));
  const step = createStep("compiling dist/termite");
  await compile({
    root: ROOT,
    outfile: OUTFILE,
    info: {
      version: await readVersion(),
      build: id,
      engines: resolveEngines(lock),
      assets: packed.map(({ info }) => info),
    },
    embed: [...packed.map(({ path }) => path), LICENCES],
  });
  await writeStamp(STAMP, OUTFILE, id);
  step.end(`${formatMegabytes(Bun.file(OUTFILE).size)}, ${id}`);
}

function checkPlatform({ platform }: AssetLock): void {
  const found = `${process.platform}-${process.arch}`;
  if (found !== platform)
    throw new Error(`Cannot build on "${found}": assets.lock.json holds the libraries of "${platform}"`);
}

/** The libraries inside, by their own names and versions, and the runtime. */
function resolveEngines(lock: AssetLock): Record<string, string> {
  const engines = lock.assets.filter(({ fileName }) => fileName !== undefined);
  return {
    ...Object.fromEntries(engines.map(({ name, version }) => [name.replace(/^lib/, ""), version])),
    bun: Bun.version,
  };
}

async function readVersion(): Promise<string> {
  const { version } = await import("./package.json");
  return version;
}

try {
  await build();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  report(error.message);
  if (error instanceof TermiteError && error.hint !== undefined) report(error.hint);
  process.exit(1);
}
