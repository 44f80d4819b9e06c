// The one way to make the executable: `bun build.ts` writes dist/termite for this machine's platform, `bun build.ts
// --target linux-arm64|darwin-arm64|windows-x64` writes dist/termite-<target> for another.
// Fetches and compresses what assets.lock.json names, once; an executable that is up to date is left alone.
import { join } from "node:path";
import { TermiteError } from "./src/errors.ts";
import { fetchEntries } from "./scripts/executable/entries.ts";
import {
  readAssetLock, resolvePackage, resolvePlatform, type AssetLock, type PlatformLock,
} from "./scripts/executable/asset-lock.ts";
import { isUpToDate, readBuildId, writeStamp } from "./scripts/executable/build-stamp.ts";
import { compile } from "./scripts/executable/compile.ts";
import { checkMachine } from "./scripts/executable/machine.ts";
import { packAsset, packNotice, type ContentPaths } from "./scripts/executable/pack.ts";
import { createStep, formatMegabytes, report } from "./scripts/executable/progress.ts";
import { formatPlatform, parseTarget, type Target } from "./scripts/executable/target.ts";

const ROOT = import.meta.dir;
const CACHE = join(ROOT, ".cache");
const LICENCES = join(ROOT, "THIRD-PARTY-LICENCES.txt");

async function build(): Promise<void> {
  const target = parseTarget(process.argv.slice(2), formatPlatform(process.platform, process.arch));
  const outfile = join(ROOT, "dist", target.fileName);
  const stamp = join(CACHE, `build-stamp-${target.platform}.json`);
  const id = await readBuildId(ROOT);
  if (await isUpToDate(stamp, outfile, id)) return report(`dist/${target.fileName} is up to date (${id})`);
  const lock = await readAssetLock(join(ROOT, "assets.lock.json"));
  const platform = resolvePlatform(lock, target.platform);
  const contents = await fetchContents(lock, platform, target);
  const packed = await Promise.all(platform.assets.map((asset) => packAsset(asset, contents, CACHE)));
  const notices = await Promise.all(platform.notices.map((notice) => packNotice(notice, contents, CACHE)));
  const step = createStep(`compiling dist/${target.fileName}`);
  await compile({
    root: ROOT,
    outfile,
    target,
    runtime: contents.get(platform.runtime.sha256),
    info: {
      version: await readVersion(),
      build: id,
      engines: resolveEngines(platform),
      assets: packed.map(({ info }) => info),
    },
    embed: [...packed.map(({ path }) => path), LICENCES, ...notices],
  });
  await writeStamp(stamp, outfile, id);
  step.end(`${formatMegabytes(Bun.file(outfile).size)}, ${id}`);
}

/** Everything that goes in, each library held against the target; the runtime only where it is not the one that builds. */
async function fetchContents(lock: AssetLock, platform: PlatformLock, target: Target): Promise<ContentPaths> {
  const { runtime, assets, notices } = platform;
  const { version } = resolvePackage(lock, runtime.package);
  if (version !== Bun.version) throw new Error(`Cannot build with Bun ${Bun.version}: assets.lock.json needs ${version}`);
  const parts = [...assets.flatMap(({ entries }) => entries), ...notices, ...(target.isHost ? [] : [runtime])];
  const contents = await fetchEntries(lock, parts, { root: ROOT, cache: CACHE });
  const libraries = assets.filter(({ fileName }) => fileName !== undefined).flatMap(({ entries }) => entries);
  for (const { sha256 } of [...libraries, runtime]) {
    const path = contents.get(sha256);
    if (path !== undefined) await checkMachine(path, target.platform);
  }
  return contents;
}

/** The libraries inside, by their own names and versions, and the runtime. */
function resolveEngines({ assets }: PlatformLock): Record<string, string> {
  const engines = assets.filter(({ fileName }) => fileName !== undefined);
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
