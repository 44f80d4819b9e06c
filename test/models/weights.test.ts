import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readWeights } from "../../src/models/weights.ts";
import { createGraph, createTemporaryFolder } from "./model-folder.ts";

/** TensorProto { dims, data_type, name: "w" } in GraphProto.initializer in ModelProto.graph; no sizes above 127. */
const formatGraph = (tensors: readonly { dims: readonly number[]; element: number }[]): Uint8Array => {
  const graph = tensors.flatMap(({ dims, element }) => {
    const tensor = [...dims.flatMap((dim) => [0x08, dim]), 0x10, element, 0x42, 1, 0x77];
    return [0x2a, tensor.length, ...tensor];
  });
  return Uint8Array.from([0x3a, graph.length, ...graph]);
};
const read = (bytes: Uint8Array) => {
  const file = join(createTemporaryFolder(), "model.onnx");
  writeFileSync(file, bytes);
  return readWeights(file);
};
const FLOAT32 = 1, UINT8 = 2, INT8 = 3, INT64 = 7, FLOAT16 = 10;

describe("readWeights()", () => {
  test.each([
    ["floats", [{ dims: [100, 3], element: FLOAT32 }, { dims: [], element: FLOAT32 }], { parameters: 301, quantization: "F32" }],
    ["half precision, with some floats", [{ dims: [9], element: FLOAT32 }, { dims: [10], element: FLOAT16 }], { parameters: 19, quantization: "F16" }],
    ["bytes with their scales", [{ dims: [4, 2], element: INT8 }, { dims: [4], element: FLOAT32 }], { parameters: 12, quantization: "I8" }],
    ["unsigned bytes", [{ dims: [4, 2], element: UINT8 }], { parameters: 8, quantization: "U8" }],
    ["constants of shapes", [{ dims: [2], element: FLOAT32 }, { dims: [99], element: INT64 }], { parameters: 2, quantization: "F32" }],
    ["shapes alone", [{ dims: [99], element: INT64 }], {}],
    ["four bits packed into bytes", [{ dims: [2], element: FLOAT32 }, { dims: [4, 2, 16], element: UINT8 }], {}],
  ])("counts %s", (_, tensors, expected) => expect(read(formatGraph(tensors))).toEqual(expected));

  test("says nothing of a graph that is cut, rather than too little", () => {
    const graph = createGraph();
    expect(read(graph)).toEqual({ parameters: 20, quantization: "F32" });
    expect(read(graph.subarray(0, graph.length - 3))).toEqual({});
  });
});
