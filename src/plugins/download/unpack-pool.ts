// The Workers that unpack: a little more of them than cores, because each waits for the disk now and then.
import { availableParallelism } from "node:os";
import type { UnpackReply, UnpackRequest } from "./unpack-protocol.ts";

/** Each holds a piece and a block, and JavaScript's own: this many stay within the memory that a download may use. */
const MOST_WORKERS = 4;

export interface Unpacker {
  /** One request at a time. Rejects when the Worker has ended. */
  unpack(request: UnpackRequest): Promise<UnpackReply>;
}

export interface UnpackPool extends Disposable {
  readonly unpackers: readonly Unpacker[];
}

/** Disposing of it ends the Workers at once, whatever they do; a part file may stay. */
export function openUnpackPool(count = resolveWorkerCount()): UnpackPool {
  const slots = Array.from({ length: count }, openUnpacker);
  return {
    unpackers: slots,
    [Symbol.dispose]: () => slots.forEach((slot) => slot.close()),
  };
}

export function resolveWorkerCount(): number {
  return Math.min(MOST_WORKERS, availableParallelism() + 1);
}

function openUnpacker(): Unpacker & { close(): void } {
  const worker = new Worker(resolveWorkerUrl(import.meta.url));
  let waiting = Promise.withResolvers<UnpackReply>();
  worker.onmessage = ({ data }: MessageEvent<UnpackReply>) => waiting.resolve(data);
  worker.onerror = ({ message }) => waiting.reject(new Error(`The Worker that unpacks ended: ${message}`));
  return {
    unpack(request) {
      waiting = Promise.withResolvers();
      worker.postMessage(request);
      return waiting.promise;
    },
    close: () => worker.terminate(),
  };
}

/** A compiled file holds its entry points by their path below `src/`; a source file finds its neighbour. */
function resolveWorkerUrl(here: string): string {
  const isCompiled = here.startsWith("file:///$bunfs/");
  return isCompiled ? "./plugins/download/unpack-worker.ts" : new URL("./unpack-worker.ts", here).href;
}
