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
import type { OnnxInitializer, OnnxNode } from "../../../fixtures/onnx-writer.ts";

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

const scalar = (name: string, element: "bool" | "int64", value: number): OnnxInitializer => ({ name, element, dims: [], values: [value] });
/** Adds `x` to its state; `inner` stands in its place in a loop around it. */
const createLoop = (name: string, count: string, inner?: OnnxNode): OnnxNode => ({
  op: "Loop", inputs: [count, "yes", "x"], outputs: [`${name}_out`],
  attributes: {
    body: {
      graph: {
        inputs: [
          { name: `${name}_at`, element: "int64", dims: [] }, { name: `${name}_on`, element: "bool", dims: [] },
          { name: `${name}_state`, element: "float32", dims: [2] },
        ],
        outputs: [{ name: `${name}_next`, element: "bool", dims: [] }, { name: `${name}_sum`, element: "float32", dims: [2] }],
        nodes: [
          { op: "Identity", inputs: [`${name}_on`], outputs: [`${name}_next`] }, ...(inner === undefined ? [] : [inner]),
          { op: "Add", inputs: [`${name}_state`, inner?.outputs[0] ?? "x"], outputs: [`${name}_sum`] },
        ],
      },
    },
  },
});
const HOSTILE: readonly (readonly [string, OnnxNode, string])[] = [
  ["a loop without an end", createLoop("a", ""), "operator \"Loop\" of opset 17: it has no end"],
  ["a loop that takes years", createLoop("a", "many"), "operator \"Loop\" of opset 17: found 4503599627370496 iterations, need at most 1000000"],
  ["loops in loops that grow without bound", createLoop("a", "some", createLoop("b", "some", createLoop("c", "some"))), "it grows to more than 200000 nodes"],
  ["a value that no device has room for", { op: "Expand", inputs: ["x", "huge"], outputs: ["a_out"] },
    "operator \"Expand\" of opset 17: found a value of the shape [1099511627776, 1099511627776, 2], need at most 64 GiB"],
  ["a range without a step", { op: "Range", inputs: ["zero", "many", "zero"], outputs: ["a_out"] },
    "operator \"Range\" of opset 17: found a value of the shape [Infinity], need at most 64 GiB"],
];

test.each(HOSTILE)("convert() refuses %s", async (_, node, found) => {
  const file = join(folder, "hostile.onnx");
  await Bun.write(file, formatOnnx({
    nodes: [node], inputs: [{ name: "x", element: "float32", dims: [2] }], outputs: [{ name: "a_out", element: "float32", dims: [2] }],
    initializers: [
      scalar("yes", "bool", 1), scalar("zero", "int64", 0), scalar("some", "int64", 64), scalar("many", "int64", 2 ** 52),
      { name: "huge", element: "int64", dims: [3], values: [2 ** 40, 2 ** 40, 2] },
    ],
  }));
  const prepared = await prepareModel({ graphFile: file });
  expect(() => prepared.convert({ shapes: { x: [2] } })).toThrow(new Error(`Cannot convert the model: ${found}`));
});
