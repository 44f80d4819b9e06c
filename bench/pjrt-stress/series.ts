// One series in a process of its own: `bun series.ts <executions|compiles> PLUGIN COUNT`; prints a `Series` as JSON.
import { createNativeBuffer } from "../../src/ffi/memory.ts";
import type { NativeBuffer } from "../../src/ffi/memory.ts";
import { openPjrt } from "../../src/ffi/pjrt/api.ts";
import { createClient } from "../../src/ffi/pjrt/client.ts";
import type { PjrtClient } from "../../src/ffi/pjrt/client.ts";
import type { PjrtExecutable } from "../../src/ffi/pjrt/executable.ts";

export const NAMES = { executions: "executions", compiles: "compiles" } as const;

export interface Series {
  name: string;
  count: number;
  /** Of the PJRT C API. */
  version: string;
  seconds: number;
  /** Resident memory at the end of each tenth. */
  rssMb: number[];
  /** The last of these to the first. */
  ratio: number;
  /** Products that were not the expected one, number by number. */
  wrong: number;
}

const SIZE = 128;
const BYTES = SIZE * SIZE * 4;
const TYPE = `tensor<${SIZE}x${SIZE}xf32>`;

/** `seed` makes programs that no cache can know, with the same result. */
const createProgram = (seed: number): string => `module @product${seed} {
  func.func public @main(%a: ${TYPE}, %b: ${TYPE}) -> ${TYPE} {
    %seed = stablehlo.constant dense<${seed}.0> : ${TYPE}
    %none = stablehlo.subtract %seed, %seed : ${TYPE}
    %c = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST]
      : (${TYPE}, ${TYPE}) -> ${TYPE}
    %d = stablehlo.add %c, %none : ${TYPE}
    return %d : ${TYPE}
  }
}`;

/** Small whole numbers: every sum is exact in float32, in whatever order it is made. */
function createMatrix(step: number, modulus: number): NativeBuffer {
  const matrix = createNativeBuffer(BYTES);
  const numbers = new Float32Array(matrix.bytes.buffer);
  numbers.forEach((_, i) => (numbers[i] = ((i * step) % modulus) - (modulus - 1) / 2));
  return matrix;
}

function multiply(left: Float32Array, right: Float32Array): Uint8Array {
  const product = new Float32Array(SIZE * SIZE);
  product.forEach((_, at) => {
    const [row, column] = [Math.floor(at / SIZE), at % SIZE];
    let sum = 0;
    for (let k = 0; k < SIZE; k++) sum += (left[row * SIZE + k] ?? 0) * (right[k * SIZE + column] ?? 0);
    product[at] = sum;
  });
  return new Uint8Array(product.buffer);
}

/** Uploads, executes, reads back, compares all numbers; every buffer is closed. All host memory is made once. */
function createRun(client: PjrtClient): (executable: PjrtExecutable) => boolean {
  const [left, right, target] = [createMatrix(7, 13), createMatrix(5, 11), createNativeBuffer(BYTES)];
  const expected = multiply(new Float32Array(left.bytes.buffer), new Float32Array(right.bytes.buffer));
  const dims = [SIZE, SIZE];
  return (executable) => {
    const inputs = [left, right].map((buffer) => client.upload({ dtype: "float32", dims, buffer }));
    const results = executable.execute(inputs);
    target.bytes.fill(0);
    results[0]?.read(target);
    for (const buffer of [...inputs, ...results]) buffer.close();
    return Buffer.compare(target.bytes, expected) === 0;
  };
}

function createBody(name: string, client: PjrtClient): (i: number) => boolean {
  const run = createRun(client);
  if (name === NAMES.executions) {
    const executable = client.compile(createProgram(1));
    return () => run(executable);
  }
  return (i) => {
    const executable = client.compile(createProgram(i + 1));
    const isRight = run(executable);
    executable.close();
    return isRight;
  };
}

/** No garbage collection is forced: what piles up until the next one is part of the figure. */
function measure(name: string, plugin: string, count: number): Series {
  const pjrt = openPjrt(plugin);
  const client = createClient(pjrt);
  const body = createBody(name, client);
  const rssMb: number[] = [];
  let wrong = 0;
  const begunMs = performance.now();
  for (let tenth = 1, i = 0; tenth <= 10; tenth++) {
    for (; i < (count * tenth) / 10; i++) wrong += body(i) ? 0 : 1;
    rssMb.push(Math.round((process.memoryUsage.rss() / 1024 / 1024) * 10) / 10);
  }
  const seconds = Math.round((performance.now() - begunMs) / 100) / 10;
  client.close();
  const ratio = Math.round(((rssMb.at(-1) ?? 0) / (rssMb[0] ?? 1)) * 1000) / 1000;
  return { name, count, version: pjrt.version, seconds, rssMb, ratio, wrong };
}

if (import.meta.main) {
  const [name = "", plugin = "", count = ""] = process.argv.slice(2);
  process.stdout.write(`${JSON.stringify(measure(name, plugin, Number(count)))}\n`);
}
