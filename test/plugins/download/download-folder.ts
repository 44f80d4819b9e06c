// A store of its own for a download, the wheels it is made from, and what must be in it afterwards.
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PluginWheel } from "../../../src/plugins/catalog/lock.ts";
import { fetchFiles } from "../../../src/plugins/download/fetch-files.ts";
import type { FetchFilesOptions } from "../../../src/plugins/download/fetch-files.ts";
import type { FetchReport } from "../../../src/plugins/download/fetch-report.ts";
import type { WheelSource } from "../../../src/plugins/download/wheel-source.ts";
import { openObjectStore } from "../../../src/plugins/store/object-store.ts";
import { makeLockedWheel } from "../../fixtures/plugins/make-lock.ts";
import { makeWheel } from "../../fixtures/plugins/make-wheel.ts";
import type { MadeWheel } from "../../fixtures/plugins/make-wheel.ts";

export const MEBIBYTE = 1024 * 1024;

/** Two wheels: one with a file of three pieces and many small ones, one with a library. */
export async function makeWheels(): Promise<{ made: MadeWheel[]; wheels: PluginWheel[] }> {
  const small = Array.from({ length: 20 }, (_, index) => [`big/small-${index}.txt`, `text ${index}\n`.repeat(index * 10)]);
  const big = makeWheel({
    name: "demo-big",
    version: "1.0",
    files: {
      "big/data.bin": { content: randomBytes(17 * MEBIBYTE) },
      "big/stored.bin": { content: randomBytes(2 * MEBIBYTE), isStored: true },
      "big/empty.txt": "",
      ...Object.fromEntries(small),
    },
  });
  const library = makeWheel({
    name: "demo-library",
    version: "1.0",
    files: { "lib/plugin.so": { content: Buffer.alloc(3 * MEBIBYTE, "library "), mode: 0o755 }, "lib/note.txt": "note\n" },
  });
  const made = [big, library];
  return { made, wheels: await Promise.all(made.map(makeLockedWheel)) };
}

export interface DownloadFolder extends Disposable {
  path: string;
  partial: string;
  fetch(sources: readonly WheelSource[], options?: Partial<FetchFilesOptions>): Promise<FetchReport>;
  /** Paths of files that are not in the store as the lock says. */
  listWrong(): string[];
  listPartials(): string[];
}

export function createDownloadFolder(wheels: readonly PluginWheel[]): DownloadFolder {
  const path = mkdtempSync(join(tmpdir(), "termite-download-"));
  const partial = join(path, ".partial");
  const objects = openObjectStore(path);
  return {
    path,
    partial,
    fetch: (sources, options) => fetchFiles({ wheels, sources, objects, partialFolder: partial, ...options }),
    listWrong: () =>
      wheels.flatMap(({ files }) => files).filter((file) => !objects.has(file) || hashFile(objects.path(file)) !== file.sha256)
        .map((file) => file.path),
    listPartials: () => readdirSync(partial).sort(),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Of partial files: what counts of each stands behind its eight mebibytes. */
export function sumHeldBytes(folder: string): number {
  const pieces = readdirSync(folder).filter((name) => !name.endsWith(".part"));
  return pieces.reduce((sum, name) => sum + Number(readFileSync(join(folder, name)).readBigUInt64LE(8 * MEBIBYTE)), 0);
}

function hashFile(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
