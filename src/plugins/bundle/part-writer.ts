// Writes a bundle as one file or in parts, under temporary names until all of it is on the disk. What is there is never
// written over.
import { existsSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { TermiteError } from "../../errors.ts";
import { syncFolder } from "../store/folders.ts";
import { formatPartName } from "./bundle-parts.ts";

export interface PartWriter {
  write(bytes: Uint8Array): Promise<void>;
  /** Gives every file its name; the names, in order. */
  finish(): Promise<string[]>;
  /** Removes what was written. */
  abort(): Promise<void>;
}

/** `partBytes`: of all parts but the last; absent: one file. Throws `usage` where a file of that name is there. */
export function createPartWriter(path: string, partBytes: number | undefined): PartWriter {
  checkFree(partBytes === undefined ? path : formatPartName(path, 0));
  const names: string[] = [];
  let open: { handle: FileHandle; roomBytes: number } | undefined;
  const close = async (): Promise<void> => {
    if (open === undefined) return;
    const { handle } = open;
    open = undefined;
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  const openNext = async (): Promise<{ handle: FileHandle; roomBytes: number }> => {
    const name = partBytes === undefined ? path : formatPartName(path, names.length);
    checkFree(name);
    const handle = await openTemporary(name);
    names.push(name);
    return { handle, roomBytes: partBytes ?? Infinity };
  };
  return {
    async write(bytes) {
      for (let rest = bytes; rest.length > 0; ) {
        open ??= await openNext();
        const piece = rest.subarray(0, Math.min(rest.length, open.roomBytes));
        await writeWhole(open.handle, piece);
        open.roomBytes -= piece.length;
        rest = rest.subarray(piece.length);
        if (open.roomBytes === 0) await close();
      }
    },
    async finish() {
      await close();
      for (const name of names) await rename(formatTemporary(name), name);
      await syncFolder(dirname(path));
      return names;
    },
    async abort() {
      await open?.handle.close();
      open = undefined;
      await Promise.all(names.map((name) => rm(formatTemporary(name), { force: true })));
    },
  };
}

function formatTemporary(name: string): string {
  return `${name}.part`;
}

function openTemporary(name: string): Promise<FileHandle> {
  return open(formatTemporary(name), "w", 0o644);
}

async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await handle.write(bytes, done)).bytesWritten;
}

function checkFree(name: string): void {
  if (!existsSync(name)) return;
  const hint = "Remove it, or write to another name";
  throw new TermiteError("usage", `Cannot write "${name}": it is there already`, { hint });
}
