// Decompresses an asset and checks its sha256: a file as a stream, a folder (a tar) whole in memory.
import { parseTar } from "nanotar";
import { join } from "node:path";
import { TermiteError } from "../errors.ts";
import type { AssetInfo } from "./assets.ts";

/** Of compressed bytes. */
const PIECE_BYTES = 256 * 1024;
/** Of a file's content between two collections: the collector hardly counts such pieces and lets 200 MB lie. */
const COLLECT_BYTES = 16 * 1024 * 1024;

export interface UnpackedFile {
  /** Relative to the asset's folder. */
  path: string;
  content: AsyncIterable<Uint8Array>;
  isExecutable: boolean;
}

/** The one file of an asset. Its content throws `asset_damaged` at its end when the hash is wrong. */
export async function* unpackFile(info: AssetInfo, path: string, source: Blob): AsyncGenerator<UnpackedFile> {
  yield { path, content: collectGarbage(decompress(info, source)), isExecutable: true };
}

async function* collectGarbage(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let uncollectedBytes = 0;
  for await (const bytes of content) {
    yield bytes;
    uncollectedBytes += bytes.byteLength;
    if (uncollectedBytes < COLLECT_BYTES) continue;
    Bun.gc(true);
    uncollectedBytes = 0;
  }
}

/** The files of an asset that is a tar, below a folder of the asset's name. Yields nothing before the hash was right. */
export async function* unpackFolder(info: AssetInfo, source: Blob): AsyncGenerator<UnpackedFile> {
  const tar = Buffer.concat(await Array.fromAsync(decompress(info, source)));
  for (const { name, data, type } of parseTar(tar)) {
    if (type !== "file" || data === undefined) continue;
    yield { path: join(info.name, name), content: createContent(data), isExecutable: false };
  }
}

async function* createContent(data: Uint8Array): AsyncGenerator<Uint8Array> {
  yield data;
}

async function* decompress(info: AssetInfo, source: Blob): AsyncGenerator<Uint8Array> {
  const hash = new Bun.CryptoHasher("sha256");
  let sizeBytes = 0;
  for await (const bytes of openDecompressed(info, source)) {
    sizeBytes += bytes.byteLength;
    if (sizeBytes > info.sizeBytes) throw createDamaged(info);
    hash.update(bytes);
    yield bytes;
  }
  if (hash.digest("hex") !== info.sha256) throw createDamaged(info);
}

async function* openDecompressed(info: AssetInfo, source: Blob): AsyncGenerator<Uint8Array> {
  const reader = openPieces(source).pipeThrough(new DecompressionStream("zstd")).getReader();
  while (true) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw createDamaged(info, cause);
    });
    if (done) return;
    yield value;
  }
}

/** An embedded blob's own stream is one piece, and all that comes out of a piece is in memory at once. */
function openPieces(source: Blob): ReadableStream<Uint8Array<ArrayBuffer>> {
  let offset = 0;
  return new ReadableStream({
    async pull(controller) {
      if (offset >= source.size) return controller.close();
      controller.enqueue(await source.slice(offset, offset + PIECE_BYTES).bytes());
      offset += PIECE_BYTES;
    },
  });
}

function createDamaged({ name }: AssetInfo, cause?: unknown): TermiteError {
  return new TermiteError("asset_damaged", `Cannot extract "${name}": its content in the executable is damaged`, {
    hint: "Download or build the executable again",
    cause,
  });
}
