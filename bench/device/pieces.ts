// Cuts what travels into packed pieces small enough to fill a call.
import { closeSync, openSync, readSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Cargo, Piece } from "./plan.ts";

/** Unpacked. Small, so that little of a call stays empty. */
export const PIECE_BYTES = 8 * 2 ** 20;

/** Into `folder`, each piece as NAME.000.gz and so on. */
export async function writePieces(file: string, name: string, folder: string): Promise<Cargo> {
  const whole = new Bun.CryptoHasher("sha256");
  const pieces: Piece[] = [];
  const { size } = statSync(file);
  const handle = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(PIECE_BYTES);
    for (let at = 0; at < size; at += PIECE_BYTES) {
      const content = readAt(handle, buffer, { at, length: Math.min(PIECE_BYTES, size - at) });
      whole.update(content);
      pieces.push(await writePiece(content, `${name}.${String(pieces.length).padStart(3, "0")}`, folder));
    }
  } finally {
    closeSync(handle);
  }
  return { name, sha256: whole.digest("hex"), pieces };
}

/** Of files that are pieces already, such as a bundle's parts; they stay apart. */
export async function packParts(parts: readonly string[], name: string, folder: string): Promise<Cargo> {
  const pieces: Piece[] = [];
  for (const part of parts) {
    const content = Buffer.from(await Bun.file(part).arrayBuffer());
    pieces.push(await writePiece(content, part.slice(part.lastIndexOf("/") + 1), folder));
  }
  return { name, pieces };
}

function readAt(handle: number, buffer: Buffer<ArrayBuffer>, { at, length }: { at: number; length: number }): Buffer<ArrayBuffer> {
  for (let done = 0; done < length;) {
    const count = readSync(handle, buffer, done, length - done, at + done);
    if (count === 0) throw new Error("Cannot cut a file: it became shorter");
    done += count;
  }
  return buffer.subarray(0, length);
}

async function writePiece(content: Buffer<ArrayBuffer>, name: string, folder: string): Promise<Piece> {
  const packed = Bun.gzipSync(content, { level: 6 });
  const path = join(folder, `${name}.gz`);
  await Bun.write(`${path}.part`, packed);
  renameSync(`${path}.part`, path);
  return { name, sizeBytes: packed.length, sha256: new Bun.CryptoHasher("sha256").update(packed).digest("hex") };
}
