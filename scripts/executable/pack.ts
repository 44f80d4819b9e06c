// Makes the compressed form of each asset, once per content: a file as it is, several as one tar, then zstd level 19.
import { createTar } from "nanotar";
import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AssetInfo } from "../../src/runtime/assets.ts";
import { formatEmbeddedName } from "../../src/runtime/embedded.ts";
import type { LockedAsset, LockedEntry } from "./asset-lock.ts";
import { writeAtomically } from "./content-cache.ts";
import { createStep, formatMegabytes } from "./progress.ts";

/** 19: the smallest file; takes a minute or two of all cores once, and decompression is as fast as at any other level. */
const ZSTD_LEVEL = 19;
/** An asset is as many zstd frames as it has pieces of this size, compressed at once; costs 0.5 % of its size. */
const FRAME_BYTES = 32 * 1024 * 1024;
/** Same input, same tar: no time, no user, one mode. */
const TAR_ATTRIBUTES = { mtime: 0, uid: 0, gid: 0, mode: "644" };

export interface PackedAsset {
  info: AssetInfo;
  /** File that holds the zstd frames, named as it is embedded. */
  path: string;
}

/** Path of each entry's content by sha256. */
export type ContentPaths = ReadonlyMap<string, string>;

export async function packAsset(asset: LockedAsset, entries: ContentPaths, cache: string): Promise<PackedAsset> {
  const { sizeBytes, sha256, read } = await openContent(asset, entries);
  const path = join(cache, "packed", `${sha256}-zstd${ZSTD_LEVEL}-frames`, formatEmbeddedName(asset.name));
  if (!(await Bun.file(path).exists())) await writePacked(asset.name, await read(), path);
  const { name, version, fileName } = asset;
  const sizes = { sizeBytes, packedBytes: Bun.file(path).size };
  return { path, info: { name, version, sha256, ...sizes, ...(fileName === undefined ? {} : { fileName }) } };
}

/** A licence text under the name that it is embedded by. */
export async function packNotice(notice: LockedEntry, entries: ContentPaths, cache: string): Promise<string> {
  const path = join(cache, "packed", notice.sha256, notice.path);
  await writeAtomically(path, (temporary) => copyFile(resolveContent(notice, entries), temporary));
  return path;
}

interface Content {
  sizeBytes: number;
  sha256: string;
  read: () => Promise<Uint8Array>;
}

async function openContent({ fileName, entries }: LockedAsset, paths: ContentPaths): Promise<Content> {
  const [first] = entries;
  // Held against the lock already: it need not be read to be known.
  if (fileName !== undefined && first !== undefined) {
    return { sizeBytes: first.sizeBytes, sha256: first.sha256, read: () => readFile(resolveContent(first, paths)) };
  }
  const read = async (entry: LockedEntry) => ({ name: entry.path, data: await readFile(resolveContent(entry, paths)) });
  const tar = createTar(await Promise.all(entries.map(read)), { attrs: TAR_ATTRIBUTES });
  const sha256 = new Bun.CryptoHasher("sha256").update(tar).digest("hex");
  return { sizeBytes: tar.byteLength, sha256, read: async () => tar };
}

function resolveContent({ path, sha256 }: LockedEntry, paths: ContentPaths): string {
  const found = paths.get(sha256);
  if (found === undefined) throw new Error(`Cannot pack "${path}": it was not fetched`);
  return found;
}

async function writePacked(name: string, content: Uint8Array, path: string): Promise<void> {
  const step = createStep(`compressing ${name} (${formatMegabytes(content.byteLength)})`);
  const frames = await Promise.all(splitContent(content).map((piece) => Bun.zstdCompress(piece, { level: ZSTD_LEVEL })));
  await writeAtomically(path, async (temporary) => {
    await Bun.write(temporary, frames);
  });
  step.end(formatMegabytes(Bun.file(path).size));
}

function splitContent(content: Uint8Array): Uint8Array<ArrayBuffer>[] {
  const count = Math.max(1, Math.ceil(content.byteLength / FRAME_BYTES));
  return Array.from({ length: count }, (_, index) => content.slice(index * FRAME_BYTES, (index + 1) * FRAME_BYTES));
}
