import { expect, test } from "bun:test";
import { createNativeBuffer } from "../../../src/ffi/memory.ts";
import { openOrt } from "../../../src/ffi/ort/api.ts";
import { createEnvironment, createSessionFromBytes } from "../../../src/ffi/ort/environment.ts";
import { readInputs, readOutputs } from "../../../src/ffi/ort/value-info.ts";
import type { ValueInfo } from "../../../src/ffi/ort/value-info.ts";
import { formatMatmulModel } from "../../../src/plugins/probe/matmul-model.ts";
import { LIBRARY_PATH } from "../../fixtures/onnxruntime.ts";

test.each([2, 128, 20_000])("formatMatmulModel() is a model of two matrices when they are %p wide", (size) => {
  const ort = openOrt(LIBRARY_PATH);
  const environment = createEnvironment(ort);
  const content = formatMatmulModel(size);
  const model = createNativeBuffer(content.length);
  model.bytes.set(content);
  const session = createSessionFromBytes(ort, environment, model, { intraOpThreads: 1 });
  const matrix = (name: string): ValueInfo => ({ name, dtype: "float32", dims: [size, size] });
  expect(readInputs(ort, session)).toEqual([matrix("left"), matrix("right")]);
  expect(readOutputs(ort, session)).toEqual([matrix("product")]);
  ort.functions.ReleaseSession(session);
  ort.functions.ReleaseEnv(environment);
});
