// One thread's way to the bare engine's session: ids in, pooled and normalized vectors out, nothing between them and
// ONNX Runtime but its C API.
import { createTokenTensors, resolveGrid, resolveTokenInputs } from "../../../src/backends/onnx/token-inputs.ts";
import { findHeadOutput } from "../../../src/backends/head-outputs.ts";
import type { Address } from "../../../src/ffi/memory.ts";
import { openOrt } from "../../../src/ffi/ort/api.ts";
import { createCpuMemoryInfo, createEnvironment, createRunOptions, createSession } from "../../../src/ffi/ort/environment.ts";
import { OrtSession } from "../../../src/ffi/ort/session.ts";
import type { TensorOutput } from "../../../src/ffi/ort/session.ts";

export type Pooling = "mean" | "cls";

export interface BareBatch {
  /** Back to back. */
  ids: Int32Array;
  lengths: Int32Array;
}

/** The address lives as long as the process. */
export function openSession(libraryPath: string, graphFile: string, intraOpThreads: number): Address {
  const ort = openOrt(libraryPath);
  return createSession(ort, createEnvironment(ort), graphFile, { intraOpThreads });
}

/** A function that runs one batch and gives its vectors back to back. Blocks. */
export function createRun(libraryPath: string, address: Address, pooling: Pooling): (batch: BareBatch) => Float32Array<ArrayBuffer> {
  const ort = openOrt(libraryPath);
  const session = new OrtSession(ort, address, createCpuMemoryInfo(ort));
  const options = createRunOptions(ort);
  const inputs = resolveTokenInputs(session.inputs);
  const wanted = findHeadOutput(session.outputs, "tokens");
  if (wanted === undefined) throw new TypeError("Cannot measure: found no output of token vectors");
  return (batch) => {
    const tensors = createTokenTensors(inputs, batch, resolveGrid(inputs, batch));
    return session.run(options.address, tensors, [wanted], ([output]) => pool(output, batch.lengths, pooling));
  };
}

function pool(output: TensorOutput | undefined, lengths: Int32Array, pooling: Pooling): Float32Array<ArrayBuffer> {
  if (output === undefined) throw new TypeError("Cannot measure: found no output");
  const [count = 0, longest = 0, width = 0] = output.dims;
  const data = new Float32Array(output.memory);
  const vectors = new Float32Array(count * width);
  for (let row = 0; row < count; row++) {
    const tokens = pooling === "cls" ? 1 : (lengths[row] ?? 0);
    const vector = vectors.subarray(row * width, (row + 1) * width);
    addTokens(vector, data, { first: row * longest * width, tokens });
    normalize(vector);
  }
  return vectors;
}

/** The mean's divisor goes with the norm. */
function addTokens(vector: Float32Array, data: Float32Array, { first, tokens }: { first: number; tokens: number }): void {
  const width = vector.length;
  for (let token = 0, at = first; token < tokens; token++) {
    for (let i = 0; i < width; i++, at++) vector[i] = (vector[i] ?? 0) + (data[at] ?? 0);
  }
}

function normalize(vector: Float32Array): void {
  let square = 0;
  for (const value of vector) square += value * value;
  const scale = 1 / Math.sqrt(square);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) * scale;
}
