// One tiny product on CUDA before a model is opened: provider, its libraries, driver and device are there and compute.
// Otherwise a session is opened on the CPU or not at all, minutes later and with other words.
import { formatError, NativeError, TermiteError } from "../../errors.ts";
import { createNativeBuffer } from "../../ffi/memory.ts";
import type { Address, NativeBuffer } from "../../ffi/memory.ts";
import type { Ort } from "../../ffi/ort/api.ts";
import { createRunOptions, createSessionFromBytes } from "../../ffi/ort/environment.ts";
import { readProviders } from "../../ffi/ort/providers.ts";
import { OrtSession } from "../../ffi/ort/session.ts";
import { formatNativeWords } from "./native-words.ts";
import { readSmallModel } from "./small-model.ts";

/** `product = left x right`. */
const LEFT = [1, 2, 3, 4];
const RIGHT = [5, 6, 7, 8];
const PRODUCT = [19, 22, 43, 50];

/** Throws `target_unavailable` with the nearest reason. */
export function proveCuda(ort: Ort, environment: Address, memoryInfo: Address): void {
  const providers = readProviders(ort);
  if (!providers.includes("CUDAExecutionProvider")) {
    throw createUnavailable(`this libonnxruntime was built without CUDA, only with ${providers.join(", ")}`);
  }
  try {
    const found = multiply(ort, environment, memoryInfo);
    if (String(found) !== String(PRODUCT)) throw createUnavailable(`a product came out wrong: ${found.join(", ")}`);
  } catch (error) {
    if (!(error instanceof NativeError)) throw error;
    throw createUnavailable(explainFailure(error), error);
  }
}

function multiply(ort: Ort, environment: Address, memoryInfo: Address): number[] {
  const address = createSessionFromBytes(ort, environment, readSmallModel(), { intraOpThreads: 1, device: "cuda" });
  const runOptions = createRunOptions(ort);
  try {
    const session = new OrtSession(ort, address, memoryInfo);
    const inputs = [LEFT, RIGHT].map((numbers) => {
      const buffer = createFilledBuffer(new Uint8Array(Float32Array.from(numbers).buffer));
      return { dtype: "float32", dims: [2, 2], buffer } as const;
    });
    return session.run(runOptions.address, inputs, [0], ([output]) => [...new Float32Array(output?.memory ?? [])]);
  } finally {
    runOptions.release();
    ort.functions.ReleaseSession(address);
  }
}

function explainFailure({ message }: NativeError): string {
  const words = formatNativeWords(message);
  return words.includes("libcuda.so.1: cannot open") ? `found no NVIDIA driver: ${words}` : words;
}

function createUnavailable(found: string, cause?: unknown): TermiteError {
  return new TermiteError("target_unavailable", `Cannot start "onnx:cuda": ${found}`, {
    hint: "termite doctor",
    ...(cause !== undefined && { cause: new Error(formatError(cause)) }),
  });
}

function createFilledBuffer(content: Uint8Array): NativeBuffer {
  const buffer = createNativeBuffer(content.length);
  buffer.bytes.set(content);
  return buffer;
}
