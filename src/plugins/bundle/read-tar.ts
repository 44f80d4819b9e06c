// The files of a tar, one after the other, as they stream by. Anything that is not a regular file, and anything that is
// not a tar to its last block, is refused.
import { createTarDecoder } from "modern-tar";
import type { ParsedTarEntry } from "modern-tar";
import { formatError, TermiteError } from "../../errors.ts";
import { createBundleError } from "./bundle-error.ts";

export interface TarFile {
  path: string;
  sizeBytes: number;
  /** To be read to its end before the next file is asked for. */
  bytes: AsyncIterable<Uint8Array>;
}

/** `name`: of the bundle, for messages. Throws `invalid_bundle`, and what `source` throws. */
export async function* readTar(name: string, source: AsyncGenerator<Uint8Array<ArrayBuffer>>): AsyncGenerator<TarFile> {
  let failure: unknown;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const next = await source.next();
        if (next.done === true) controller.close();
        else controller.enqueue(next.value);
      } catch (error) {
        failure = error;
        controller.error(error);
      }
    },
    async cancel() {
      await source.return(undefined);
    },
  }, { highWaterMark: 1 });
  try {
    for await (const entry of stream.pipeThrough(createTarDecoder({ strict: true }))) yield parseEntry(name, entry);
  } catch (error) {
    if (error === failure || error instanceof TermiteError) throw error;
    throw createBundleError(name, `it is not a tar that can be read: ${formatError(error)}`, error);
  }
}

function parseEntry(name: string, { header, body }: ParsedTarEntry): TarFile {
  const { name: path, size: sizeBytes, type = "file" } = header;
  if (type !== "file") throw createBundleError(name, `found ${JSON.stringify(path)}, a ${type}, need regular files only`);
  return { path, sizeBytes, bytes: body };
}
