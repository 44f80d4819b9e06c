// How a bundle lies in its tar: `bundle.json`, then the files, nothing of the machine that made it. The same version gives
// the same bytes everywhere.
import { packTar } from "modern-tar";
import type { TarHeader } from "modern-tar";
import { MANIFEST_FILE } from "./bundle-manifest.ts";
import type { BundleManifest } from "./bundle-manifest.ts";

const BLOCK_BYTES = 512;
/** Two blocks of zeros. */
const END_BYTES = 2 * BLOCK_BYTES;

export function createHeader(file: { path: string; mode: number; sizeBytes: number }): TarHeader {
  return { name: file.path, size: file.sizeBytes, mode: file.mode, mtime: new Date(0), uid: 0, gid: 0, type: "file" };
}

/** The manifest with the size of the bundle that it is in, and its text. */
export async function createManifestText(facts: Omit<BundleManifest, "sizeBytes">): Promise<{ text: string; sizeBytes: number }> {
  const files = await Promise.all(facts.files.map(measureEntry));
  const restBytes = files.reduce((sum, bytes) => sum + bytes, END_BYTES);
  // The number is part of the text, whose length decides the number: it settles as soon as its digits do.
  for (let sizeBytes = restBytes; ; ) {
    const text = `${JSON.stringify({ ...facts, sizeBytes }, null, 1)}\n`;
    const wholeBytes = restBytes + (await measureEntry(createManifestEntry(text)));
    if (wholeBytes === sizeBytes) return { text, sizeBytes };
    sizeBytes = wholeBytes;
  }
}

export function createManifestEntry(text: string): { path: string; mode: number; sizeBytes: number } {
  return { path: MANIFEST_FILE, mode: 0o444, sizeBytes: Buffer.byteLength(text) };
}

/** With its header, which is longer for a long path, and filled up to whole blocks. */
async function measureEntry(file: { path: string; mode: number; sizeBytes: number }): Promise<number> {
  const alone = await packTar([{ header: { ...createHeader(file), size: 0 } }]);
  return alone.length - END_BYTES + Math.ceil(file.sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
}
