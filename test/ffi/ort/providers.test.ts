// Execution providers of the real library, which was built with CUDA's and comes without its file.
import { describe, expect, test } from "bun:test";
import { NativeError } from "../../../src/errors.ts";
import { createNativeBuffer } from "../../../src/ffi/memory.ts";
import { openOrt } from "../../../src/ffi/ort/api.ts";
import { createEnvironment, createSessionFromBytes } from "../../../src/ffi/ort/environment.ts";
import { readAssignment, RECORDS_ASSIGNMENT } from "../../../src/ffi/ort/assignment.ts";
import { checkCudaProvider, readProviders } from "../../../src/ffi/ort/providers.ts";
import { readInputs, readOutputs } from "../../../src/ffi/ort/value-info.ts";
import { createContractModels } from "../../fixtures/contract-models.ts";
import { formatMatmulModel } from "../../../src/plugins/probe/matmul-model.ts";
import { LIBRARY_PATH } from "../../fixtures/onnxruntime.ts";

const ort = openOrt(LIBRARY_PATH);
const environment = createEnvironment(ort);
const nativeModel = (bytes: Uint8Array) => {
  const buffer = createNativeBuffer(bytes.length);
  buffer.bytes.set(bytes);
  return buffer;
};

test("readProviders() lists what the library was built with", () => {
  expect(readProviders(ort)).toEqual([
    "TensorrtExecutionProvider", "CUDAExecutionProvider", "WebGpuExecutionProvider", "CPUExecutionProvider",
  ]);
});

test("checkCudaProvider() throws NativeError when the provider's own library is not there", () => {
  const words =
    "Failed to load shared library: libonnxruntime_providers_shared.so: cannot open shared object file: No such file or directory";
  expect(() => checkCudaProvider(ort)).toThrow(words);
  expect(() => checkCudaProvider(ort)).toThrow(NativeError);
});

test("readAssignment() says which provider runs which operators when the session records it", () => {
  const model = nativeModel(formatMatmulModel(4));
  const session = createSessionFromBytes(ort, environment, model, { intraOpThreads: 1, recordsAssignment: true });
  expect(readAssignment(ort, session)).toEqual([{ provider: "CPUExecutionProvider", operators: ["MatMul"] }]);
  ort.functions.ReleaseSession(session);
});

test("readAssignment() throws the library's words when nothing was recorded", () => {
  const model = nativeModel(formatMatmulModel(4));
  const session = createSessionFromBytes(ort, environment, model, { intraOpThreads: 1 });
  expect(() => readAssignment(ort, session)).toThrow(RECORDS_ASSIGNMENT);
  ort.functions.ReleaseSession(session);
});

test("readAssignment() is undefined when the library is older than the answer", () => {
  const model = nativeModel(formatMatmulModel(4));
  const session = createSessionFromBytes(ort, environment, model, { intraOpThreads: 1, recordsAssignment: true });
  expect(readAssignment({ ...ort, version: "1.23.2" }, session)).toBeUndefined();
  ort.functions.ReleaseSession(session);
});

describe("createSessionFromBytes()", () => {
  test("opens a model that lies in memory", () => {
    const model = nativeModel(createContractModels().tokens);
    const session = createSessionFromBytes(ort, environment, model, { intraOpThreads: 1 });
    model.bytes.fill(0);
    expect(readInputs(ort, session).map(({ name }) => name)).toEqual(["input_ids", "attention_mask", "token_type_ids"]);
    expect(readOutputs(ort, session)).toHaveLength(1);
    ort.functions.ReleaseSession(session);
  });

  test("throws the library's own words when the bytes are no model", () => {
    const model = nativeModel(new TextEncoder().encode("this is no model"));
    const open = (): unknown => createSessionFromBytes(ort, environment, model, { intraOpThreads: 1 });
    expect(open).toThrow("Failed to load model because protobuf parsing failed.");
  });

  test("throws when CUDA is asked for and is not there", () => {
    const model = nativeModel(createContractModels().tokens);
    const open = (): unknown => createSessionFromBytes(ort, environment, model, { intraOpThreads: 1, device: "cuda" });
    expect(open).toThrow("Failed to load shared library: libonnxruntime_providers_shared.so: cannot open shared object file");
  });
});
