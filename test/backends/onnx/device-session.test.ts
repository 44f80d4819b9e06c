// CUDA sessions as far as a machine without a GPU goes: what is refused, and in which words.
import { describe, expect, test } from "bun:test";
import { checkAssignment } from "../../../src/backends/onnx/device-session.ts";
import { openOnnxBackend } from "../../../src/backends/onnx/open-backend.ts";
import type { TermiteError } from "../../../src/errors.ts";
import { LIBRARY_PATH } from "../../fixtures/onnxruntime.ts";
import { rejection } from "../../fixtures/test-runner.ts";

const cuda = (operators: string[]) => ({ provider: "CUDAExecutionProvider", operators });
const cpu = (operators: string[]) => ({ provider: "CPUExecutionProvider", operators });

function catchError(action: () => void): TermiteError {
  try {
    action();
  } catch (error) {
    return error as TermiteError;
  }
  throw new Error("nothing was thrown");
}

describe("checkAssignment()", () => {
  test.each([
    ["all runs on CUDA", [cuda(["MatMul", "Softmax"])]],
    ["shapes are computed on the CPU", [cuda(["MatMul"]), cpu(["Shape", "Gather"])]],
    ["some products run on the CPU", [cuda(["MatMul"]), cpu(["MatMulInteger"])]],
    ["there is no heavy operator at all", [cpu(["Gather", "ReduceMean"])]],
  ])("accepts a session when %s", (_, assignments) => {
    expect(() => checkAssignment(assignments)).not.toThrow();
  });

  test("refuses a session when the CPU would do all of the heavy work", () => {
    const error = catchError(() => checkAssignment([cuda(["Softmax"]), cpu(["MatMulInteger", "MatMulInteger", "Gemm"])]));
    expect([error.code, error.message, error.hint]).toEqual([
      "model_load_failed",
      "Cannot load model: all of its heavy operators (3 of MatMulInteger, Gemm) would run on the CPU instead of CUDA",
      'Set models.<name>.target to "onnx:cpu" in termite.yaml',
    ]);
  });

  test("refuses a session when nobody can say where its operators run", () => {
    expect(catchError(() => checkAssignment(undefined)).message).toBe(
      "Cannot load model: some of its operators cannot run on CUDA, and this ONNX Runtime cannot say which",
    );
  });
});

describe("openOnnxBackend()", () => {
  test("is target_unavailable with the linker's reason when the CUDA provider's file is not beside the library", async () => {
    const error = (await rejection(openOnnxBackend({ libraryPath: LIBRARY_PATH, cores: 1, device: "cuda" }))) as TermiteError;
    expect([error.code, error.message, error.hint]).toEqual([
      "target_unavailable",
      'Cannot start "onnx:cuda": Failed to load shared library: libonnxruntime_providers_shared.so: cannot open shared ' +
        "object file: No such file or directory",
      "termite doctor",
    ]);
  });

  test.each(["bf16", "f16", "tf32"] as const)("refuses precision %s by name on the CPU", async (precision) => {
    const backend = await openOnnxBackend({ libraryPath: LIBRARY_PATH, cores: 1 });
    const error = (await rejection(backend.open({ graphFile: "/none.onnx", precision }))) as TermiteError;
    expect([error.code, error.message]).toEqual([
      "unsupported_model",
      `Cannot load model: precision "${precision}" needs an XLA target, found "onnx:cpu"`,
    ]);
    await backend.close();
  });
});
