// Random access to the bytes of a wheel, wherever it lies: a local file here, an HTTP server in `remote-source.ts`.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

export interface ByteSource {
  /** The wheel's file name, for messages. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Exactly `lengthBytes` bytes from `offset`, in pieces; throws where there are fewer. Each call reads anew. */
  stream(offset: number, lengthBytes: number): AsyncIterable<Uint8Array>;
}

/** For small parts: the piece is held in memory whole. */
export async function readAt(source: ByteSource, offset: number, lengthBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source.stream(offset, lengthBytes)) pieces.push(piece);
  return Buffer.concat(pieces, lengthBytes);
}

/** Opens nothing until it is read; the file must not change meanwhile. */
export async function createFileSource(path: string, name: string): Promise<ByteSource> {
  const { size } = await stat(path);
  return {
    name,
    sizeBytes: size,
    async *stream(offset, lengthBytes) {
      if (lengthBytes === 0) return;
      const end = offset + lengthBytes - 1;
      if (offset < 0 || end >= size) throw new RangeError(`bytes ${offset}-${end} are not inside ${size} bytes`);
      yield* createReadStream(path, { start: offset, end, highWaterMark: 256 * 1024 });
    },
  };
}
