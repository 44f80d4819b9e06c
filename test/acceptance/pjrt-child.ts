// One plugin in a process of its own: `bun pjrt-child.ts PLUGIN` prints a `PjrtRun` as JSON.
import { createNativeBuffer } from "../../src/ffi/memory.ts";
import type { NativeBuffer } from "../../src/ffi/memory.ts";
import { openPjrt } from "../../src/ffi/pjrt/api.ts";
import { createClient } from "../../src/ffi/pjrt/client.ts";
import type { PjrtClient } from "../../src/ffi/pjrt/client.ts";
import type { PjrtExecutable } from "../../src/ffi/pjrt/executable.ts";

export interface PjrtRun {
  version: string;
  platform: string;
  /** How many were compared. */
  numbers: number;
  /** How far the worst is from what JavaScript computes: after compiling, and after loading what was serialized. */
  worstError: number;
  loadedError: number;
  compileMs: number;
  loadMs: number;
  serializedBytes: number;
}

const SIZE = 128;
const TYPE = `tensor<${SIZE}x${SIZE}xf32>`;
const PROGRAM = `module @product {
  func.func public @main(%a: ${TYPE}, %b: ${TYPE}) -> ${TYPE} {
    %c = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0], precision = [HIGHEST, HIGHEST]
      : (${TYPE}, ${TYPE}) -> ${TYPE}
    return %c : ${TYPE}
  }
}`;

/** Small whole numbers, so that every sum is exact in float32 in whatever order it is made. */
const createMatrix = (step: number): Float32Array =>
  Float32Array.from({ length: SIZE * SIZE }, (_, i) => ((i * step) % 17) - 8);

const [LEFT, RIGHT] = [createMatrix(7), createMatrix(5)];

function multiply(at: number): number {
  const [row, column] = [Math.floor(at / SIZE), at % SIZE];
  let sum = 0;
  for (let k = 0; k < SIZE; k++) sum += (LEFT[row * SIZE + k] ?? NaN) * (RIGHT[k * SIZE + column] ?? NaN);
  return sum;
}

function findWorstError(client: PjrtClient, executable: PjrtExecutable): number {
  const inputs = [LEFT, RIGHT].map((matrix) => {
    return client.upload({ dtype: "float32", dims: [SIZE, SIZE], buffer: createMemory(matrix) });
  });
  const [result] = executable.execute(inputs);
  const numbers = new Float32Array(result?.read().bytes.buffer ?? new ArrayBuffer(0));
  const errors = Array.from({ length: SIZE * SIZE }, (_, at) => Math.abs((numbers[at] ?? NaN) - multiply(at)));
  return Math.max(...errors);
}

function createMemory(matrix: Float32Array): NativeBuffer {
  const buffer = createNativeBuffer(matrix.byteLength);
  new Float32Array(buffer.bytes.buffer).set(matrix);
  return buffer;
}

function measure<T>(body: () => T): [T, number] {
  const begunMs = performance.now();
  const value = body();
  return [value, Math.round(performance.now() - begunMs)];
}

if (import.meta.main) {
  const pjrt = openPjrt(process.argv[2] ?? "");
  const client = createClient(pjrt);
  const [compiled, compileMs] = measure(() => client.compile(PROGRAM));
  const worstError = findWorstError(client, compiled);
  const serialized = compiled.serialize();
  compiled.close();
  const [loaded, loadMs] = measure(() => client.deserialize(serialized));
  const run: PjrtRun = {
    version: pjrt.version, platform: client.platformName, numbers: SIZE * SIZE,
    worstError, loadedError: findWorstError(client, loaded), compileMs, loadMs, serializedBytes: serialized.length,
  };
  client.close();
  process.stdout.write(`${JSON.stringify(run)}\n`);
}
