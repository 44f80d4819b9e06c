// The probe of ONNX Runtime, in the child: environment, execution providers, and one MatMul on the one asked for.
import { formatError, NativeError } from "../../errors.ts";
import type { Address } from "../../ffi/memory.ts";
import { openOrt } from "../../ffi/ort/api.ts";
import type { Ort } from "../../ffi/ort/api.ts";
import {
  createCpuMemoryInfo, createEnvironment, createRunOptions, createSessionFromBytes,
} from "../../ffi/ort/environment.ts";
import { checkCudaProvider, readProviders } from "../../ffi/ort/providers.ts";
import { OrtSession } from "../../ffi/ort/session.ts";
import type { TensorInput } from "../../ffi/ort/session.ts";
import type { Journal } from "./journal.ts";
import { checkProduct, createLeft, createRight, MATRIX_SIZE } from "./matrix-product.ts";
import { formatMatmulModel } from "./matmul-model.ts";
import { createFilledBuffer, createMatrixBuffer } from "./native-matrix.ts";
import type { ProbeReport, ProbeRequest } from "./probe-report.ts";

/** Throws what the stage that it is in found. */
export function probeOnnx({ device, libraryPath, until }: ProbeRequest, journal: Journal): void {
  const ort = openOrt(libraryPath);
  journal.finish("load");
  journal.finish("version", { version: ort.version });
  if (until === "version") return;
  const environment = createEnvironment(ort, { logsErrors: true });
  journal.finish("client");
  const platform = checkProvider(ort, device);
  journal.finish("devices", { platform, devices: [platform] });
  const product = multiply(ort, environment, device === "cuda" ? "cuda" : "cpu");
  ort.functions.ReleaseEnv(environment);
  journal.finish("product", product);
}

/** The provider of `device`, which the library was built with and whose own libraries and device are there. */
function checkProvider(ort: Ort, device: ProbeRequest["device"]): string {
  const providers = readProviders(ort);
  const wanted = `${device.toUpperCase()}ExecutionProvider`;
  if (!providers.includes(wanted)) {
    throw new NativeError("onnxruntime", -1, `found no "${wanted}" in it, only "${providers.join('", "')}"`);
  }
  if (device === "cuda") checkCuda(ort);
  return wanted;
}

/** "OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library", and on fd 2 why. */
function checkCuda(ort: Ort): void {
  try {
    checkCudaProvider(ort);
  } catch (cause) {
    const words = formatError(cause).replace(/^Ort\w+: /, "");
    throw new NativeError("onnxruntime", -1, `found no working CUDA execution provider: ${words}`, { cause });
  }
}

/** After an error nothing is released: the process ends. */
function multiply(ort: Ort, environment: Address, device: "cpu" | "cuda"): Partial<ProbeReport> {
  const startMs = performance.now();
  const model = createFilledBuffer(formatMatmulModel(MATRIX_SIZE));
  const address = createSessionFromBytes(ort, environment, model, { intraOpThreads: 1, device });
  const readyMs = performance.now();
  const [memoryInfo, runOptions] = [createCpuMemoryInfo(ort), createRunOptions(ort)];
  const session = new OrtSession(ort, address, memoryInfo);
  const [left, right] = [createLeft(), createRight()];
  const found = session.run(runOptions.address, [createInput(left), createInput(right)], [0], ([output]) => {
    return new Float32Array(output?.memory.slice(0) ?? new ArrayBuffer(0));
  });
  const doneMs = performance.now();
  checkProduct(found, left, right);
  runOptions.release();
  ort.functions.ReleaseMemoryInfo(memoryInfo);
  ort.functions.ReleaseSession(address);
  return { worstError: 0, compileMs: readyMs - startMs, runMs: doneMs - readyMs };
}

function createInput(matrix: Float32Array): TensorInput {
  return { dtype: "float32", dims: [MATRIX_SIZE, MATRIX_SIZE], buffer: createMatrixBuffer(matrix) };
}
