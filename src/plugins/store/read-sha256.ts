// The sha256 of a file, read in pieces: memory stays the same whatever its size.
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

const BUFFER_BYTES = 1024 * 1024;

/** `onBytes` is told how many more were read. */
export async function readSha256(path: string, onBytes?: (count: number) => void): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(path, "r");
  try {
    const buffer = new Uint8Array(BUFFER_BYTES);
    for (let read = await handle.read(buffer); read.bytesRead > 0; read = await handle.read(buffer)) {
      hash.update(buffer.subarray(0, read.bytesRead));
      onBytes?.(read.bytesRead);
    }
    return hash.digest("hex");
  } finally {
    await handle.close();
  }
}
