// What operators refuse, each by its name, opset and node: numbers that would need data, modes that are not known, inputs
// that do not fit.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareModel } from "../../../../src/backends/xla/prepare-model.ts";
import { createOneNodeModel, nameOfInput } from "../../../fixtures/one-node-model.ts";
import type { NodeInput, NodeModel } from "../../../fixtures/one-node-model.ts";
import { formatOnnx } from "../../../fixtures/onnx-writer.ts";

const floats = (...dims: number[]): NodeInput => ({ type: "f32", dims, values: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 0) });
const longs = (...values: number[]): NodeInput => ({ type: "i64", dims: [values.length], values });
const qkv = [floats(1, 2, 3, 4), floats(1, 2, 3, 4), floats(1, 2, 3, 4)];
const packed = [floats(1, 2, 8), floats(1, 2, 8), floats(1, 2, 8)];
const heads = { q_num_heads: 2, kv_num_heads: 2 };

const NODES: [string, NodeModel, string][] = [
  ["a qk_matmul_output_mode that is not known", { op: "Attention", opset: 23, inputs: qkv, outputs: ["f32"], attributes: { qk_matmul_output_mode: 7 } },
    "qk_matmul_output_mode 7 is not known"],
  ["query heads that no group fits", { op: "Attention", opset: 23, inputs: [floats(1, 3, 3, 4), floats(1, 2, 3, 4), floats(1, 2, 3, 4)], outputs: ["f32"] },
    "found 3 query heads for 2 heads of keys"],
  ["three dimensions without a number of heads", { op: "Attention", opset: 23, inputs: packed, outputs: ["f32"] }, "attribute \"q_num_heads\" is missing"],
  ["an update rule that is not known", {
    op: "LinearAttention", opset: 27, inputs: packed, outputs: ["f32", "f32"], attributes: { ...heads, update_rule: "rwkv" },
  }, "update rule \"rwkv\" is not known"],
  ["samples whose number depends on data", { op: "RoiAlign", opset: 16, inputs: [floats(1, 1, 4, 4), floats(1, 4), longs(0)], outputs: ["f32"] },
    "attribute \"sampling_ratio\" is 0: how many samples there are depends on data"],
  ["a mode of sampling that is not known", { op: "GridSample", opset: 20, inputs: [floats(1, 1, 4, 4), floats(1, 2, 2, 2)], outputs: ["f32"], attributes: { mode: "lanczos" } },
    "mode \"lanczos\" is not known"],
  ["the length of a transform as data", { op: "DFT", opset: 20, inputs: [floats(1, 4, 1), longs(4)], outputs: ["f32"] }, "input 1 needs to be constant"],
  ["heads that no dimension fits", { op: "LinearAttention", opset: 27, inputs: packed, outputs: ["f32", "f32"], attributes: { q_num_heads: 3, kv_num_heads: 3, update_rule: "linear" } },
    "found 8 columns for 3 heads"],
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "termite-refusals-"));
});
afterAll(() => rm(folder, { recursive: true }));

test.each(NODES)("convert() refuses %s", async (_, model, found) => {
  const file = join(folder, "model.onnx");
  await Bun.write(file, createOneNodeModel(model));
  const prepared = await prepareModel({ graphFile: file });
  const shapes = Object.fromEntries(model.inputs.flatMap((input, i) => (input === undefined ? [] : [[nameOfInput(i), input.dims]])));
  expect(() => prepared.convert({ shapes })).toThrow(
    new Error(`Cannot convert the model: operator "${model.op}" of opset ${model.opset} (node "node"): ${found}`),
  );
});

test("convert() refuses a position behind the end of a sequence", async () => {
  const file = join(folder, "sequence.onnx");
  await Bun.write(file, formatOnnx({
    nodes: [
      { op: "SequenceConstruct", inputs: ["x", "x"], outputs: ["items"] }, { op: "SequenceAt", inputs: ["items", "at"], outputs: ["y"] },
    ],
    inputs: [{ name: "x", element: "float32", dims: [2] }], outputs: [{ name: "y", element: "float32", dims: [2] }],
    initializers: [{ name: "at", element: "int64", dims: [], values: [2] }],
  }));
  const prepared = await prepareModel({ graphFile: file });
  expect(() => prepared.convert({ shapes: { x: [2] } })).toThrow(
    new Error("Cannot convert the model: operator \"SequenceAt\" of opset 17: found position 2 in a sequence of 2"),
  );
});
