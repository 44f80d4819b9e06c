// Plugin trees for tests of the search and the list: libraries that are only headers, in folders of their own.
import { afterAll } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readOwner } from "../../../src/plugins/search/ownership.ts";
import type { SearchOptions } from "../../../src/plugins/search/search-library.ts";

export const ELF_X64 = createElf(62);
export const ELF_ARM64 = createElf(183);

/** A 64-byte ELF header of a little-endian shared library, and some bytes. */
export function createElf(machine: number, bits: 32 | 64 = 64): Uint8Array {
  const bytes = new Uint8Array(100);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, 1, 1]);
  new DataView(bytes.buffer).setUint16(16, 3, true);
  new DataView(bytes.buffer).setUint16(18, machine, true);
  return bytes;
}

export function createMachO(cpuType: number): Uint8Array {
  const bytes = new Uint8Array(100);
  new DataView(bytes.buffer).setUint32(0, 0xfeedfacf, true);
  new DataView(bytes.buffer).setUint32(4, cpuType, true);
  return bytes;
}

export function createPe(machine: number): Uint8Array {
  const bytes = new Uint8Array(200);
  bytes.set([0x4d, 0x5a]);
  new DataView(bytes.buffer).setUint32(0x3c, 0x80, true);
  bytes.set([0x50, 0x45, 0, 0], 0x80);
  new DataView(bytes.buffer).setUint16(0x84, machine, true);
  return bytes;
}

/** `{"->": "versions/1"}` is a link, `null` a folder. */
export type Entry = Uint8Array | string | { "->": string } | null;

/** Each call of the result makes a new folder, only its owner's, with these entries in it; its real path is given. */
export function useTrees(): (entries?: Readonly<Record<string, Entry>>) => string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "termite-search-")));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return (entries = {}) => {
    const folder = mkdtempSync(join(root, "case-"));
    for (const [name, entry] of Object.entries(entries)) writeEntry(join(folder, name), entry);
    return folder;
  };
}

export function writeEntry(path: string, entry: Entry): void {
  mkdirSync(entry === null ? path : dirname(path), { recursive: true, mode: 0o755 });
  if (entry === null) return;
  if (typeof entry === "object" && "->" in entry) return symlinkSync(entry["->"], path);
  writeFileSync(path, entry);
  // Whatever the umask of whoever runs the tests.
  chmodSync(path, 0o644);
}

export function createReceipt(plugin: string, version: string, files: Readonly<Record<string, number>>): string {
  const listed = Object.entries(files).map(([path, sizeBytes]) => ({ path, sizeBytes, sha256: "0".repeat(64) }));
  return JSON.stringify({ plugin, version, files: listed, lock: "of a later build" });
}

/** Nothing set, nothing bundled, a Linux machine. */
export function createSearchOptions(pluginsDir: string, changes: Partial<SearchOptions> = {}): SearchOptions {
  return {
    pluginsDir,
    environment: {},
    userHome: join(pluginsDir, "home-of-nobody"),
    allowSystem: false,
    platform: { os: "linux", arch: "x64", libc: "glibc" },
    isBundled: false,
    owner: readOwner(),
    ...changes,
  };
}
