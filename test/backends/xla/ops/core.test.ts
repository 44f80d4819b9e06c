// The operators that every text model has, against ONNX Runtime, one node at a time, in the forms that differ.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { disableTelemetry } from "../../../../src/ffi/ort/telemetry.ts";
import { createClient } from "../../../../src/ffi/pjrt/client.ts";
import type { PjrtClient } from "../../../../src/ffi/pjrt/client.ts";
import { createOneNodeModel } from "../../../fixtures/one-node-model.ts";
import type { NodeInput, NodeModel } from "../../../fixtures/one-node-model.ts";
import { openTestPlugin } from "../../../fixtures/pjrt-plugin.ts";
import { runConverted, runOracle } from "../../../fixtures/run-one-node.ts";

const count = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** Numbers between -2 and 2 without a pattern. */
const floats = (...dims: number[]): NodeInput =>
  ({ type: "f32", dims, values: Array.from({ length: count(dims) }, (_, i) => Math.fround(2 * Math.sin(i * 12.9898 + dims.length))) });
const bytes = (type: "i8" | "ui8", ...dims: number[]): NodeInput =>
  ({ type, dims, values: Array.from({ length: count(dims) }, (_, i) => ((i * 37) % 120) - (type === "i8" ? 60 : 0)) });
const longs = (values: number[], dims = [values.length]): NodeInput => ({ type: "i64", dims, values });
const ints = (values: number[], dims = [values.length]): NodeInput => ({ type: "i32", dims, values });
const constant = (input: NodeInput): NodeInput => ({ ...input, isConstant: true });
const fixed = (...values: number[]): NodeInput => constant(longs(values));
const node = (op: string, inputs: NodeModel["inputs"], attributes: NodeModel["attributes"] = {}, rest: Partial<NodeModel> = {}): [string, NodeModel] =>
  [`${op} of opset ${rest.opset ?? 17} ${JSON.stringify(attributes)}`, { op, opset: 17, outputs: ["f32"], inputs, attributes, ...rest }];

const x = floats(2, 3, 4);
const scale = (...dims: number[]): NodeInput => ({ ...floats(...dims), values: floats(...dims).values.map((value) => Math.abs(value) / 50 + 0.01) });
const long = { outputs: ["i64"] } as const;
const int = { outputs: ["i32"] } as const;

const NODES: [string, NodeModel][] = [
  node("Add", [floats(2, 1, 4), floats(3, 1)]),
  node("Sub", [longs([1, 2, 3]), longs([5], [])], {}, long),
  node("Div", [ints([7, -7, 9]), ints([2, 2, -4])], {}, int),
  node("Mod", [longs([7, -7, 7, -7]), longs([3, 3, -3, -3])], {}, long),
  node("Mod", [floats(6), floats(6)], { fmod: 1 }),
  node("Pow", [x, constant({ type: "f32", dims: [], values: [2] })]),
  node("Pow", [ints([2, 3, 4]), ints([3, 2, 0])], {}, int),
  node("Max", [floats(3), floats(2, 3), floats(1)]),
  node("Erf", [x]),
  node("Gelu", [x], { approximate: "tanh" }, { opset: 20 }),
  node("Round", [{ type: "f32", dims: [4], values: [0.5, 1.5, -2.5, 2.4] }]),
  node("HardSigmoid", [x], { alpha: { float: 0.3 } }),
  node("Clip", [x, constant({ type: "f32", dims: [], values: [-0.5] }), constant({ type: "f32", dims: [], values: [0.5] })]),
  node("Softmax", [x], { axis: 1 }, { opset: 11 }),
  node("Softmax", [x], { axis: 1 }),
  node("LogSoftmax", [x]),
  node("LayerNormalization", [x, floats(3, 4), floats(3, 4)], { axis: 1 }, { outputs: ["f32", "f32", "f32"] }),
  node("ReduceMean", [x], { axes: [-1, 0] }, { opset: 13 }),
  node("ReduceSum", [x, fixed(1)], { keepdims: 0 }),
  node("ReduceLogSumExp", [x], { axes: [2] }, { opset: 13 }),
  node("ReduceMax", [ints([3, 9, -4, 2], [2, 2])], { axes: [0], keepdims: 0 }, { ...int, opset: 13 }),
  node("Gather", [x, longs([2, -1, 0])], { axis: 1 }),
  node("Gather", [x, constant(longs([-1], []))], { axis: 2 }),
  node("GatherElements", [x, longs([0, -1, 1, 0], [1, 2, 2])], { axis: 1 }),
  node("GatherND", [x, longs([2, -1], [2, 1])], { batch_dims: 1 }),
  node("Slice", [x, fixed(-1, 0), fixed(-9, 9), fixed(1, 2), fixed(-2, 3)]),
  node("Slice", [x], { starts: [1], ends: [9_007_199_254_740_991], axes: [-1] }, { opset: 9 }),
  node("Concat", [floats(2, 1), floats(2, 3)], { axis: -1 }),
  node("Split", [floats(2, 7)], { axis: 1, num_outputs: 3 }, { opset: 18, outputs: ["f32", "f32", "f32"] }),
  node("Split", [floats(2, 7), fixed(3, 4)], { axis: 1 }, { outputs: ["f32", "f32"] }),
  node("Transpose", [x], { perm: [1, 2, 0] }),
  node("Reshape", [x, fixed(0, -1, 2)]),
  node("Flatten", [x], { axis: 2 }),
  node("Squeeze", [floats(1, 3, 1)]),
  node("Unsqueeze", [x, fixed(-1, 0)]),
  node("Expand", [floats(3, 1), fixed(2, 1, 4)]),
  node("MatMul", [floats(2, 1, 3, 4), floats(5, 4, 2)]),
  node("MatMul", [floats(4), floats(2, 4, 3)]),
  node("MatMul", [floats(2, 3, 4), floats(4)]),
  node("Gemm", [floats(4, 2), floats(3, 4), floats(3)], { transA: 1, transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } }),
  node("QuantizeLinear", [floats(2, 3), scale(3), bytes("i8", 3)], { axis: 1 }, { outputs: ["i8"] }),
  node("DequantizeLinear", [bytes("ui8", 2, 3), scale(2), bytes("ui8", 2)], { axis: 0 }),
  node("DequantizeLinear", [constant(bytes("i8", 4, 3)), constant(scale(3)), constant(bytes("i8", 3))], { axis: 1 }),
  node("DynamicQuantizeLinear", [floats(3, 5)], {}, { outputs: ["ui8", "f32", "ui8"] }),
  node("MatMulInteger", [bytes("ui8", 4, 300), bytes("i8", 300, 3), { type: "ui8", dims: [], values: [9] }], {}, int),
  node("MatMulInteger", [bytes("ui8", 2, 8), constant(bytes("i8", 8, 3)), { type: "ui8", dims: [], values: [9] }], {}, int),
  node("MatMulNBits", [floats(2, 40), constant(bytes("ui8", 3, 2, 16)), constant(scale(6))], {
    K: 40, N: 3, bits: 4, block_size: 32,
  }, { domain: "com.microsoft", opset: 1 }),
  node("MatMulNBits", [floats(2, 64), constant(bytes("ui8", 3, 4, 8)), constant(scale(12)), constant(bytes("ui8", 6))], {
    K: 64, N: 3, bits: 4, block_size: 16,
  }, { domain: "com.microsoft", opset: 1 }),
];

describe("operators of text models on XLA equal ONNX Runtime", () => {
  let folder: string;
  let client: PjrtClient;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "termite-test-"));
    disableTelemetry();
    client = createClient(openTestPlugin());
  });
  afterAll(async () => {
    client.close();
    await rm(folder, { recursive: true });
  });

  test.each(NODES)("%s", async (_, model) => {
    const file = join(folder, "model.onnx");
    await Bun.write(file, createOneNodeModel(model));
    const expected = await runOracle(file, model);
    const found = await runConverted(client, file, model);
    expect(found.map(({ dims }) => dims)).toEqual(expected.map(({ dims }) => dims));
    found.forEach(({ values }, i) => {
      values.forEach((value, at) => expect(value).toBeCloseTo(expected[i]?.values[at] ?? Number.NaN, 4));
    });
  });
});
