// Runs batches in one of the bare engine's forms: on Workers that share one session, or right here.
import { parseAddress } from "../../../src/ffi/memory.ts";
import type { BareForm } from "./form.ts";
import { createRun, openSession } from "./model.ts";
import type { BareBatch, Pooling } from "./model.ts";
import type { WorkerStart } from "./worker.ts";

export interface BareModel {
  libraryPath: string;
  graphFile: string;
  pooling: Pooling;
}

export interface BareRunner {
  /** True when a batch would be taken now. */
  hasRoom(): boolean;
  /** `onDone` is called with the vectors back to back. */
  run(batch: BareBatch, onDone: (vectors: Float32Array) => void): void;
}

export function openRunner({ libraryPath, graphFile, pooling }: BareModel, form: BareForm): BareRunner {
  const address = openSession(libraryPath, graphFile, form.intraOp);
  if (form.workers === 0) {
    const runHere = createRun(libraryPath, parseAddress(address), pooling);
    return { hasRoom: () => true, run: (batch, onDone) => onDone(runHere(batch)) };
  }
  const lines = Array.from({ length: form.workers }, () => openLine({ libraryPath, address, pooling }));
  const findShortest = (): WorkerLine | undefined => lines.toSorted((a, b) => a.waiting.length - b.waiting.length)[0];
  return {
    hasRoom: () => (findShortest()?.waiting.length ?? Infinity) <= form.ahead,
    run(batch, onDone) {
      const line = findShortest();
      line?.waiting.push(onDone);
      line?.worker.postMessage(batch);
    },
  };
}

interface WorkerLine {
  worker: Worker;
  /** In the order in which the Worker answers. */
  waiting: ((vectors: Float32Array) => void)[];
}

function openLine(start: WorkerStart): WorkerLine {
  const worker = new Worker(new URL("./worker.ts", import.meta.url).href);
  const line: WorkerLine = { worker, waiting: [] };
  worker.onmessage = ({ data }: MessageEvent<Float32Array>) => line.waiting.shift()?.(data);
  worker.onerror = ({ message }) => { throw new Error(`Cannot measure: a Worker ended: ${message}`); };
  worker.postMessage(start);
  return line;
}
