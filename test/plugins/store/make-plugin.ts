// Small plugins for tests of the store: a lock, and its files' bytes as objects.
import { createHash } from "node:crypto";
import { afterAll } from "bun:test";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PluginFile, PluginLock, PluginName } from "../../../src/plugins/catalog/lock.ts";
import { openObjectStore } from "../../../src/plugins/store/object-store.ts";
import type { ObjectStore } from "../../../src/plugins/store/object-store.ts";
import { publishVersion } from "../../../src/plugins/store/publish.ts";
import type { PublishOptions } from "../../../src/plugins/store/publish.ts";
import { resolveStorePaths } from "../../../src/plugins/store/paths.ts";

export interface TestPlugin {
  lock: PluginLock;
  /** By sha256. */
  contents: ReadonlyMap<string, Uint8Array>;
}

export const hashText = (content: string | Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** Contents by path; one that begins with "#!" may be run. The first is the library. */
export function createPlugin(files: Readonly<Record<string, string>>, changes: Partial<PluginLock> = {}): TestPlugin {
  const contents = new Map<string, Uint8Array>();
  const listed = Object.entries(files).map(([path, text]): PluginFile => {
    const bytes = new TextEncoder().encode(text);
    const sha256 = hashText(bytes);
    contents.set(sha256, bytes);
    const mode = text.startsWith("#!") ? 0o555 : 0o444;
    const { length: sizeBytes } = bytes;
    return { path, mode, sizeBytes, sha256, dataOffset: 0, method: "stored", compressedBytes: sizeBytes, crc32: 0, pieces: [] };
  });
  const wheel = {
    name: "made", version: "1.0", file: "made-1.0-py3-none-any.whl", sizeBytes: 1, sha256: "0".repeat(64),
    uploaded: "2026-11-02T10:11:12Z", licence: "Apache-2.0", files: listed,
  };
  const lock: PluginLock = {
    format: 1, plugin: "xla:cuda", version: "1.0", variant: "cuda13", platform: { os: "linux", arch: "x64" }, accepts: [],
    library: listed[0]?.path ?? "", needs: { glibc: "2.27" }, wheels: [wheel], ...changes,
  };
  return { lock, contents };
}

/** A plugin of a few files whose bytes differ with its version. */
export function createVersion(version: string, plugin: PluginName = "xla:cuda"): TestPlugin {
  const files = {
    "jax_plugins/xla_cuda13/xla_cuda_plugin.so": `library ${version}`,
    "nvidia/cu13/lib/libcudart.so.13": `runtime ${version}`,
    "nvidia/cu13/bin/ptxas": `#! tool ${version}`,
    "nvidia/cudnn/lib/libcudnn.so.9": "the same in all versions",
    "licenses/made/LICENSE": "Do what you like",
  };
  return createPlugin(files, { version, plugin });
}

export async function commitFiles(pluginsDir: string, { lock, contents }: TestPlugin): Promise<ObjectStore> {
  const objects = openObjectStore(pluginsDir);
  const { partial } = resolveStorePaths(pluginsDir);
  mkdirSync(partial, { recursive: true });
  for (const file of lock.wheels.flatMap((wheel) => wheel.files)) {
    if (objects.has(file)) continue;
    const part = join(partial, `${file.sha256}.part`);
    writeFileSync(part, contents.get(file.sha256) ?? "");
    await objects.commit(part, file);
  }
  return objects;
}

export const FACTS = { build: "0.1.0 (test)", installedAt: new Date("2026-11-22T10:11:12Z") };

export async function publishPlugin(pluginsDir: string, plugin: TestPlugin, changes: Partial<PublishOptions> = {}) {
  const objects = await commitFiles(pluginsDir, plugin);
  return publishVersion({ pluginsDir, lock: plugin.lock, objects, receiptFacts: FACTS, ...changes });
}

/** Each call of the result names a new `plugins_dir` that is not there yet. */
export function usePluginsDirs(): () => string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "termite-store-")));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return () => join(mkdtempSync(join(root, "case-")), "plugins");
}
