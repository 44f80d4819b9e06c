// Opens a model's graph on the device of the engine, with the proof that it is the device that does the work.
import { NativeError, TermiteError } from "../../errors.ts";
import type { Address } from "../../ffi/memory.ts";
import type { Ort } from "../../ffi/ort/api.ts";
import { readAssignment } from "../../ffi/ort/assignment.ts";
import type { Assignment } from "../../ffi/ort/assignment.ts";
import { createSession } from "../../ffi/ort/environment.ts";
import type { ModelSource } from "../backend.ts";
import type { OnnxDevice } from "./protocol.ts";

export interface DeviceSettings {
  intraOpThreads: number;
  device: OnnxDevice;
}

/** The caller releases the session. Throws `NativeError`, `unsupported_model`, `model_load_failed`. */
export function openDeviceSession(
  ort: Ort,
  environment: Address,
  source: ModelSource,
  { intraOpThreads, device }: DeviceSettings,
): Address {
  checkPrecision(source, device);
  const settings = { intraOpThreads, device, usesTf32: source.precision === "tf32" };
  if (device === "cpu") return createSession(ort, environment, source.graphFile, settings);
  try {
    return createSession(ort, environment, source.graphFile, settings);
  } catch (error) {
    if (!(error instanceof NativeError) || !FALLBACK_REFUSED.test(error.message)) throw error;
    // Arithmetic about shapes stays on the CPU by the library's own choice, and many graphs have some.
    return openMixedSession(ort, environment, source, { ...settings, allowsCpu: true, recordsAssignment: true });
  }
}

const FALLBACK_REFUSED = /fallback to CPU EP has been explicitly disabled/;

function openMixedSession(
  ort: Ort,
  environment: Address,
  { graphFile }: ModelSource,
  settings: Parameters<typeof createSession>[3],
): Address {
  const session = createSession(ort, environment, graphFile, settings);
  try {
    checkAssignment(readAssignment(ort, session));
    return session;
  } catch (error) {
    ort.functions.ReleaseSession(session);
    throw error;
  }
}

/** Operators that are most of a model's work. */
const HEAVY = /MatMul|Gemm|Conv|Attention|LSTM|GRU/;

/** Throws `model_load_failed` where the CPU would do the heavy work, which must not pass for a GPU's. */
export function checkAssignment(assignments: readonly Assignment[] | undefined): void {
  if (assignments === undefined) {
    throw createLoadError("some of its operators cannot run on CUDA, and this ONNX Runtime cannot say which");
  }
  const heavy = assignments.flatMap(({ provider, operators }) => {
    return operators.filter((name) => HEAVY.test(name)).map((name) => ({ name, isCuda: provider.startsWith("CUDA") }));
  });
  const left = heavy.filter(({ isCuda }) => !isCuda);
  if (left.length === 0 || heavy.some(({ isCuda }) => isCuda)) return;
  const names = [...new Set(left.map(({ name }) => name))].join(", ");
  throw createLoadError(`all of its heavy operators (${left.length} of ${names}) would run on the CPU instead of CUDA`);
}

function createLoadError(found: string): TermiteError {
  return new TermiteError("model_load_failed", `Cannot load model: ${found}`, {
    hint: 'Set models.<name>.target to "onnx:cpu" in termite.yaml',
  });
}

/** ONNX Runtime computes with what the graph says; on CUDA it can be told to multiply in TF32. */
export function checkPrecision({ precision = "f32" }: ModelSource, device: OnnxDevice): void {
  if (precision === "f32" || (precision === "tf32" && device === "cuda")) return;
  const found = `precision "${precision}" needs an XLA target, found "onnx:${device}"`;
  throw new TermiteError("unsupported_model", `Cannot load model: ${found}`, {
    hint: "Take models.<name>.precision out of termite.yaml, or set models.<name>.target to an XLA target",
  });
}
