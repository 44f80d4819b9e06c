// `bun run plugins:lock`: makes the locks in src/plugins/catalog/ from a package index by the rules of this folder and says
// what changed, set by set; what was read of a wheel is kept in .cache/plugins-lock, so that a run goes on where one ended.
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readEnvironment } from "../../src/config/env.ts";
import { TermiteError } from "../../src/errors.ts";
import type { PluginLock } from "../../src/plugins/catalog/lock.ts";
import { readLockFiles } from "../../src/plugins/catalog/lock-files.ts";
import { createIndexClient } from "../../src/plugins/index/index-client.ts";
import { readPipConfigs } from "../../src/plugins/index/pip-config.ts";
import { resolveIndexUrl } from "../../src/plugins/index/resolve-index-url.ts";
import { createLock } from "./create-lock.ts";
import { openDetailCache } from "./detail-cache.ts";
import { formatChanges } from "./format-changes.ts";
import { formatLock } from "./format-lock.ts";
import { resolveSet } from "./resolve-set.ts";
import { SETS } from "./sets.ts";
import type { PluginSet } from "./sets.ts";
import { createFolderShelf, createIndexShelf } from "./shelf.ts";
import type { Shelf, ShelfOptions } from "./shelf.ts";

const ROOT = join(import.meta.dir, "../..");

const OPTIONS = {
  /** Id of a set, or the beginning of several; may be given more than once. */
  only: { type: "string", multiple: true, default: [] as string[] },
  /** Instead of the index that pip uses here. */
  "index-url": { type: "string" },
  /** Day from which the age of files is counted back: 2026-11-22. */
  "as-of": { type: "string" },
  /** Folder of wheels instead of an index; age and publication do not count. */
  wheels: { type: "string" },
  /** Every file of each wheel, for benches; not for the catalog. */
  "all-files": { type: "boolean", default: false },
  out: { type: "string", default: join(ROOT, "src/plugins/catalog") },
  cache: { type: "string", default: join(ROOT, ".cache/plugins-lock") },
} as const;

type Values = ReturnType<typeof parseOptions>;

function parseOptions(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS }).values;
}

async function run(values: Values): Promise<void> {
  const sets = findSets(values.only);
  const shelf = await openShelf(values);
  const asOf = parseDay(values["as-of"]);
  await mkdir(values.out, { recursive: true });
  for (const set of sets) await lockSet(set, { shelf, asOf, values });
}

function findSets(only: readonly string[]): readonly PluginSet[] {
  const found = only.length === 0 ? SETS : SETS.filter(({ id }) => only.some((wanted) => id.startsWith(wanted)));
  if (found.length > 0) return found;
  throw new Error(`Cannot lock "${only.join(", ")}": the sets are ${SETS.map(({ id }) => `"${id}"`).join(", ")}`);
}

function parseDay(text: string | undefined): Date {
  if (text === undefined) return new Date();
  const day = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(day.getTime())) throw new Error(`Cannot read the day "${text}": write it as "2026-11-22"`);
  return day;
}

/** The index that this machine's pip uses, or the one or the folder that was named. */
async function openShelf({ wheels, cache, "index-url": named }: Values): Promise<Shelf> {
  const options: ShelfOptions = { cache: openDetailCache(cache), workFolder: join(cache, "work"), report };
  if (wheels !== undefined) return createFolderShelf(wheels, options);
  const environment = readEnvironment();
  const setting = named === undefined ? undefined : { value: named, origin: "--index-url" };
  const { indexUrl, credentials } = resolveIndexUrl(environment, await readPipConfigs(environment), setting);
  const caFile = environment["SSL_CERT_FILE"] ?? environment["PIP_CERT"];
  return createIndexShelf(createIndexClient({ indexUrl, credentials, caFile }), options);
}

async function lockSet(set: PluginSet, { shelf, asOf, values }: { shelf: Shelf; asOf: Date; values: Values }): Promise<void> {
  report(set.id);
  const lock = createLock(set, await resolveSet(set, { shelf, asOf }), { allFiles: values["all-files"] });
  const path = join(values.out, `${set.id}.json`);
  const before = await readBefore(path);
  const temporary = `${path}.${process.pid}.tmp`;
  await Bun.write(temporary, formatLock(lock));
  await rename(temporary, path);
  process.stdout.write(`${formatChanges(set.id, before, lock).join("\n")}\n`);
}

/** A lock of an older form tells nothing that could be compared. */
async function readBefore(path: string): Promise<PluginLock | undefined> {
  if (!(await Bun.file(path).exists())) return undefined;
  try {
    return (await readLockFiles(path))[0];
  } catch (error) {
    if (!(error instanceof TermiteError)) throw error;
    report(error.message);
    return undefined;
  }
}

function report(line: string): void {
  process.stderr.write(`plugins:lock: ${line}\n`);
}

try {
  await run(parseOptions(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof Error)) throw error;
  report(error.message);
  if (error instanceof TermiteError && error.hint !== undefined) report(error.hint);
  process.exit(1);
}
