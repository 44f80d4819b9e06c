// A file as a stream of pieces, each in memory of its own, so that whoever gets one may keep it.
import { open } from "node:fs/promises";

const PIECE_BYTES = 1024 * 1024;

export async function* readPieces(path: string, signal?: AbortSignal): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const handle = await open(path, "r");
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead, buffer } = await handle.read(new Uint8Array(PIECE_BYTES));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}
