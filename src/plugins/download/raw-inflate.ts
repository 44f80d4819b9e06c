// Raw deflate (RFC 1951) into memory that is used again and again, on the calling thread: for Workers.
// The public calls of node:zlib make a new buffer for every piece of output, which costs more than the inflating: measured
// in bench/install. So this goes to the handle behind a stream, which writes where it is told. The runtime is compiled
// into the executable, so what is checked here at every start cannot change under it.
import { createInflateRaw } from "node:zlib";

/** zlib's Z_NO_FLUSH. */
const NO_FLUSH = 0;

export interface RawInflate {
  /** Inflates until the input is used or the output is full. Throws an Error that says what is wrong with the data. */
  inflate(input: Uint8Array, output: Uint8Array): { usedBytes: number; writtenBytes: number };
  /** Before each stream but the first; after an error too. */
  reset(): void;
}

interface ZlibHandle {
  writeSync(
    flush: number, input: Uint8Array, inputAt: number, inputBytes: number,
    output: Uint8Array, outputAt: number, outputBytes: number,
  ): void;
  onerror: (message: string) => void;
}

export function createRawInflate(): RawInflate {
  const stream = createInflateRaw();
  const handle: unknown = Reflect.get(stream, "_handle");
  const left: unknown = Reflect.get(stream, "_writeState");
  if (!isHandle(handle) || !(left instanceof Uint32Array)) throw new TypeError("node:zlib of this runtime has another form");
  let fault: string | undefined;
  handle.onerror = (message) => void (fault = message);
  return {
    inflate(input, output) {
      handle.writeSync(NO_FLUSH, input, 0, input.length, output, 0, output.length);
      if (fault !== undefined) throw new Error(fault);
      const [outputLeft = 0, inputLeft = 0] = left;
      return { usedBytes: input.length - inputLeft, writtenBytes: output.length - outputLeft };
    },
    reset() {
      fault = undefined;
      stream.reset();
    },
  };
}

function isHandle(value: unknown): value is ZlibHandle {
  return typeof value === "object" && value !== null && "writeSync" in value && typeof value.writeSync === "function";
}
