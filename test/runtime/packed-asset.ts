// Makes small assets for the tests of this folder, as build.ts makes the real ones.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTar } from "nanotar";
import type { AssetInfo, AssetName } from "../../src/runtime/assets.ts";

export interface PackedAsset {
  info: AssetInfo;
  content: Uint8Array;
  source: Blob;
}

/** Bytes that do not repeat, the same for the same seed. */
export function createBytes(sizeBytes: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let state = seed;
  for (let index = 0; index < sizeBytes; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

export async function packFile(content: Uint8Array, fileName = "libsample.so.1"): Promise<PackedAsset> {
  return pack("libonnxruntime", content, fileName);
}

export async function packFolder(files: Readonly<Record<string, string>>): Promise<PackedAsset> {
  const tar = createTar(Object.entries(files).map(([name, data]) => ({ name, data })));
  return pack("default-model", tar);
}

async function pack(name: AssetName, content: Uint8Array, fileName?: string): Promise<PackedAsset> {
  const packed = await Bun.zstdCompress(content);
  const sha256 = new Bun.CryptoHasher("sha256").update(content).digest("hex");
  const sizes = { sizeBytes: content.byteLength, packedBytes: packed.byteLength };
  const info = { name, version: "1.2.3", sha256, ...sizes, ...(fileName === undefined ? {} : { fileName }) };
  return { info, content, source: new Blob([packed]) };
}

/** A folder that everybody may enter, gone when the test is over. */
export async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "termite-runtime-"));
  try {
    await test(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What `work` throws, as the pair a person sees. */
export async function catchError(
  work: () => Promise<unknown>,
): Promise<{ code: string; message: string; hint: string | undefined }> {
  try {
    await work();
  } catch (error) {
    const { code, message, hint } = error as { code: string; message: string; hint: string | undefined };
    return { code, message, hint };
  }
  throw new Error("nothing was thrown");
}

/** Root ignores modes, so the test becomes nobody for a moment. */
export async function withoutPrivileges(work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}
