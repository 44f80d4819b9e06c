// The plugin's tree as it was installed: which library, and which files with what they weigh on the line.
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import type { TreeFile } from "./maps.ts";

export interface InstalledTree {
  /** Real path. */
  root: string;
  library: string;
  files: TreeFile[];
}

interface Receipt {
  variant: string;
  library: string;
  platform: { os: string; arch: string };
  files: { path: string; sizeBytes: number; sha256: string }[];
}

interface Lock {
  wheels: { files: { sha256: string; compressedBytes: number }[] }[];
}

export function readTree(home: string, plugin: string): InstalledTree {
  const root = realpathSync(join(home, ".termite/plugins", plugin.replace(":", "/"), "current"));
  const receipt: Receipt = JSON.parse(readFileSync(join(root, "receipt.json"), "utf8"));
  const { os, arch } = receipt.platform;
  const compressed = readCompressed(`src/plugins/catalog/${plugin.split(":")[0]}-${receipt.variant}-${os}-${arch}.json`);
  const files = receipt.files.map(({ path, sizeBytes, sha256 }) => ({ path, sizeBytes, compressedBytes: compressed.get(sha256) }));
  return { root, library: join(root, receipt.library), files };
}

/** By sha256, from the lock in the working tree that came along. */
function readCompressed(path: string): Map<string, number> {
  if (!existsSync(path)) return new Map();
  const lock: Lock = JSON.parse(readFileSync(path, "utf8"));
  return new Map(lock.wheels.flatMap(({ files }) => files).map(({ sha256, compressedBytes }) => [sha256, compressedBytes]));
}
