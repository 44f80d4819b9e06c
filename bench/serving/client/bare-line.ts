// The bare engine as a child of the load client, and any number of lines over its one pipe.
import { createFrameReader, formatFrame, formatTexts, TIMED } from "../frames.ts";
import type { Line } from "./line.ts";

export interface BareEngine {
  pid: number;
  line: Line;
  /** Milliseconds that each text takes inside the engine, one after the other. */
  time(texts: readonly string[]): Promise<number[]>;
  close(): Promise<void>;
}

export function openBareEngine(command: readonly string[]): BareEngine {
  const child = Bun.spawn([...command], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const waiting = new Map<number, (payload: Uint8Array) => void>();
  let requests = 0;
  const ask = (texts: readonly string[], flag: number): Promise<Uint8Array> => {
    const id = (requests++ % TIMED) | flag;
    const { promise, resolve } = Promise.withResolvers<Uint8Array>();
    waiting.set(id, resolve);
    void child.stdin.write(formatFrame(id, formatTexts(texts)));
    void child.stdin.flush();
    return promise;
  };
  void readAnswers(child.stdout, waiting);
  return {
    pid: child.pid,
    line: { send: (texts) => ask(texts, 0), parse: splitVectors },
    time: async (texts) => [...new Float64Array((await ask(texts, TIMED)).slice().buffer)],
    async close() {
      await child.stdin.end();
      await child.exited;
    },
  };
}

async function readAnswers(stream: ReadableStream<Uint8Array>, waiting: Map<number, (payload: Uint8Array) => void>): Promise<void> {
  const read = createFrameReader();
  for await (const part of stream) {
    for (const { id, payload } of read(part)) {
      waiting.get(id)?.(payload);
      waiting.delete(id);
    }
  }
}

function splitVectors(answer: Uint8Array, count: number): Float32Array[] {
  const all = new Float32Array(answer.slice().buffer);
  const width = all.length / count;
  return Array.from({ length: count }, (_, row) => all.subarray(row * width, (row + 1) * width));
}
