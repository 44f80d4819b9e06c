import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { findOutput, readGraphOutputs } from "../../src/models/graph-outputs.ts";
import { formatOnnx } from "../fixtures/onnx-writer.ts";
import { createTemporaryFolder, writeFiles } from "./model-folder.ts";

const read = (bytes: Uint8Array | string) =>
  readGraphOutputs(join(writeFiles(createTemporaryFolder(), { "model.onnx": bytes }), "model.onnx"));

const graph = formatOnnx({
  nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"] }],
  inputs: [{ name: "x", element: "int64", dims: ["batch", "seq"] }],
  outputs: [
    { name: "ids", element: "int64", dims: ["batch", 3] },
    { name: "scalar", element: "float32", dims: [] },
    { name: "hidden", element: "float16", dims: ["batch", "seq", 384] },
    { name: "logits", element: "float32", dims: [-1, 3] },
  ],
  initializers: [{ name: "big", element: "float32", dims: [5000], values: Array.from({ length: 5000 }, () => 0) }],
});

describe("readGraphOutputs()", () => {
  test("gives names and sizes of the float outputs, unknown sizes as such", () => {
    expect(read(graph)).toEqual([
      { name: "scalar", dims: [] },
      { name: "hidden", dims: [undefined, undefined, 384] },
      { name: "logits", dims: [undefined, 3] },
    ]);
  });

  test("gives none when the file is cut or no graph", () => {
    for (let length = 4; length < graph.length - 4; length += 997) expect(read(graph.subarray(0, length))).toEqual([]);
    expect([read("no graph"), read(new Uint8Array(5000).fill(255))]).toEqual([[], []]);
  });
});

test("findOutput() chooses the first of one of the ranks", () => {
  const outputs = read(graph);
  expect([[2, 3], [2], [1]].map((ranks) => findOutput(outputs, ranks)?.name)).toEqual(["hidden", "logits", undefined]);
});
