// Makes the compressed form of each asset, once per content: a file as it is, several as one tar, then zstd level 19.
import { createTar } from "nanotar";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { AssetInfo } from "../../src/runtime/assets.ts";
import { formatEmbeddedName } from "../../src/runtime/embedded.ts";
import type { LockedAsset } from "./asset-lock.ts";
import { writeAtomically } from "./content-cache.ts";
import { createStep, formatMegabytes } from "./progress.ts";

/** 19: the smallest file; takes half a minute once, and decompression is as fast as at any other level. */
const ZSTD_LEVEL = 19;
/** Same input, same tar: no time, no user, one mode. */
const TAR_ATTRIBUTES = { mtime: 0, uid: 0, gid: 0, mode: "644" };

export interface PackedAsset {
  info: AssetInfo;
  /** File that holds the zstd frame, named as it is embedded. */
  path: string;
}

/** `entries`: path of each entry's content by sha256. */
export async function packAsset(
  asset: LockedAsset,
  entries: ReadonlyMap<string, string>,
  cache: string,
): Promise<PackedAsset> {
  const content = await readAsset(asset, entries);
  const sha256 = new Bun.CryptoHasher("sha256").update(content).digest("hex");
  const path = join(cache, "packed", `${sha256}-zstd${ZSTD_LEVEL}`, formatEmbeddedName(asset.name));
  if (!(await Bun.file(path).exists())) await writePacked(asset.name, content, path);
  const { name, version, fileName } = asset;
  const sizes = { sizeBytes: content.byteLength, packedBytes: Bun.file(path).size };
  return { path, info: { name, version, sha256, ...sizes, ...(fileName === undefined ? {} : { fileName }) } };
}

async function readAsset({ fileName, entries }: LockedAsset, paths: ReadonlyMap<string, string>): Promise<Uint8Array> {
  const files = await Promise.all(
    entries.map(async ({ path, sha256 }) => {
      const source = paths.get(sha256);
      if (source === undefined) throw new Error(`Cannot pack "${path}": it was not fetched`);
      return { name: path, data: new Uint8Array(await readFile(source)) };
    }),
  );
  const [first] = files;
  if (fileName !== undefined && first !== undefined) return first.data;
  return createTar(files, { attrs: TAR_ATTRIBUTES });
}

async function writePacked(name: string, content: Uint8Array, path: string): Promise<void> {
  const step = createStep(`compressing ${name} (${formatMegabytes(content.byteLength)})`);
  const packed = await Bun.zstdCompress(content, { level: ZSTD_LEVEL });
  await writeAtomically(path, async (temporary) => {
    await Bun.write(temporary, packed);
  });
  step.end(formatMegabytes(packed.byteLength));
}
