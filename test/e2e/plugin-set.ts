// Small plugins for the compiled file: "onnx:cuda" whose library is the real ONNX Runtime of the npm package, so that the
// question for its ABI has a real answer, and files of a few hundred kilobytes beside it.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { formatTreePath } from "../../src/plugins/catalog/lock.ts";
import type { PluginLock } from "../../src/plugins/catalog/lock.ts";
import { parsePluginLock } from "../../src/plugins/catalog/parse-lock.ts";
import { LIBRARY_PATH } from "../fixtures/onnxruntime.ts";
import type { IndexServer } from "../fixtures/plugins/index-server.ts";
import { makeElf } from "../fixtures/plugins/make-elf.ts";
import { makeLock, makeLockedWheel, writeLock } from "../fixtures/plugins/make-lock.ts";
import { makeWheel } from "../fixtures/plugins/make-wheel.ts";
import type { MadeWheel } from "../fixtures/plugins/make-wheel.ts";

const LIBRARY = "onnxruntime/capi/libonnxruntime.so.1.99.0";

/** Stored, so that a test waits for no compression: its 45 MB are the same for every version. */
const RUNTIME = makeWheel({
  name: "onnxruntime-gpu",
  version: "1.99.0",
  files: {
    [LIBRARY]: { content: readFileSync(LIBRARY_PATH), isStored: true, mode: 0o755 },
    "onnxruntime/capi/libonnxruntime_providers_shared.so": makeElf(),
    "onnxruntime/capi/libonnxruntime_providers_cuda.so": makeElf({ needed: ["libdemo.so.1", "libc.so.6"] }),
  },
});

export interface PluginSet {
  lock: PluginLock;
  /** The one with the library, which all versions share, and the version's own. */
  wheels: readonly [MadeWheel, MadeWheel];
}

const BASE = makeLock({ plugin: "onnx:cuda", library: LIBRARY, wheels: [RUNTIME] });

/** Every version has four files of its own, which do not compress. */
export async function makePluginSet(version: string, changes: Partial<Omit<PluginLock, "wheels">> = {}): Promise<PluginSet> {
  const own = makeWheel({
    name: "demo-runtime",
    version,
    files: {
      "nvidia/demo/lib/libdemo.so.1": makeElf({ soname: "libdemo.so.1" }),
      ...Object.fromEntries([0, 1, 2, 3].map((part) => [`nvidia/demo/data/${part}.bin`, createNoise(`${version}-${part}`, 300_000)])),
    },
  });
  const base = await BASE;
  const lock = parsePluginLock("made in a test", { ...base, version, wheels: [...base.wheels, await makeLockedWheel(own)], ...changes });
  return { lock, wheels: [RUNTIME, own] };
}

/** The same bytes for the same seed. */
function createNoise(seed: string, bytes: number): Uint8Array {
  const parts = Array.from({ length: Math.ceil(bytes / 32) }, (_, i) => createHash("sha256").update(`${seed}-${i}`).digest());
  return Buffer.concat(parts).subarray(0, bytes);
}

/** The environment in which termite knows these locks and this index, and nothing of the machine's own settings. */
export async function createPluginEnvironment(
  folder: string,
  sets: readonly PluginSet[],
  index?: Pick<IndexServer, "indexUrl">,
): Promise<Record<string, string>> {
  for (const { lock } of sets) await writeLock(join(folder, `${lock.version}-${lock.variant}.json`), lock);
  return {
    TERMITE_PLUGIN_LOCK: folder, PIP_CONFIG_FILE: "/dev/null", TERMITE_LOG_LEVEL: "error",
    ...(index === undefined ? {} : { PIP_INDEX_URL: index.indexUrl.href }),
  };
}

export const resolvePlugins = (home: string): string => join(home, ".termite/plugins");

/** What `current` leads to, every file of it held against the lock that it belongs to; `undefined` where there is none. */
export function readWholeVersion(home: string, sets: readonly PluginSet[]): string | undefined {
  const folder = join(resolvePlugins(home), "onnx/cuda");
  if (!existsSync(join(folder, "current"))) return undefined;
  const name = readlinkSync(join(folder, "current")).replace("versions/", "");
  const lock = sets.find((set) => set.lock.version === name)?.lock;
  if (lock === undefined) throw new Error(`"current" leads to "${name}", which is no version`);
  const tree = join(folder, "current");
  const files = lock.wheels.flatMap((wheel) => wheel.files);
  const wrong = files.filter((file) => hashFile(join(tree, formatTreePath(file))) !== file.sha256);
  const extra = readdirSync(tree, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory()).length - files.length - 1;
  if (wrong.length > 0 || extra !== 0 || !existsSync(join(tree, "receipt.json"))) {
    throw new Error(`version ${name} is a mixture: ${wrong.map(formatTreePath).join(", ")}, ${extra} more files`);
  }
  return name;
}

const hashes = new Map<string, string>();

/** By inode, size and time: the large library is one file in all versions. */
function hashFile(path: string): string | undefined {
  const file = Bun.file(path);
  if (file.size === 0) return undefined;
  const key = `${path.split("/").at(-1)} ${file.size} ${file.lastModified}`;
  const hash = file.size > 10_000_000 ? hashes.get(key) : undefined;
  const found = hash ?? createHash("sha256").update(readFileSync(path)).digest("hex");
  hashes.set(key, found);
  return found;
}

/** What lies in the folders that hold nothing between two installs. */
export function listOrphans(home: string): string[] {
  return [".staging", ".partial"].flatMap((name) => {
    const folder = join(resolvePlugins(home), name);
    return existsSync(folder) ? readdirSync(folder).map((inner) => `${name}/${inner}`) : [];
  });
}
