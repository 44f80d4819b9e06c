// A Worker of the bare engine: runs one batch after the other on the session that all share.
import { parseAddress } from "../../../src/ffi/memory.ts";
import { createRun } from "./model.ts";
import type { BareBatch, Pooling } from "./model.ts";

declare const self: Worker;

export interface WorkerStart {
  libraryPath: string;
  address: number;
  pooling: Pooling;
}

let run: ((batch: BareBatch) => Float32Array<ArrayBuffer>) | undefined;

self.onmessage = ({ data }: MessageEvent<WorkerStart | BareBatch>) => {
  if ("address" in data) {
    run = createRun(data.libraryPath, parseAddress(data.address), data.pooling);
    return;
  }
  if (run === undefined) throw new TypeError("Cannot run: the Worker was not started");
  const vectors = run(data);
  self.postMessage(vectors, { transfer: [vectors.buffer] });
};
