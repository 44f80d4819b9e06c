// Operators through the converter and the PJRT plugin against ONNX Runtime, one node at a time: what models of other tasks
// use, in the forms that differ. `bun run conformance` is the wide net; this one hangs in `npm test`.
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

const COUNT = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** Numbers between -2 and 2 without a pattern. */
const floats = (...dims: number[]): NodeInput => ({
  type: "f32", dims, values: Array.from({ length: COUNT(dims) }, (_, i) => Math.fround(2 * Math.sin(i * 12.9898 + dims.length))),
});
const ints = (values: number[], dims = [values.length]): NodeInput => ({ type: "i64", dims, values });
const constant = (input: NodeInput): NodeInput => ({ ...input, isConstant: true });
const bytes = (type: "i8" | "ui8", ...dims: number[]): NodeInput => ({
  type, dims, values: Array.from({ length: COUNT(dims) }, (_, i) => ((i * 37) % 120) - (type === "i8" ? 60 : 0)),
});
const node = (op: string, inputs: NodeModel["inputs"], attributes: NodeModel["attributes"] = {}, rest: Partial<NodeModel> = {}): [string, NodeModel] =>
  [`${op} ${JSON.stringify(attributes)}`, { op, opset: 17, outputs: ["f32"], inputs, attributes, ...rest }];

const lstm = [floats(3, 2, 4), floats(2, 12, 4), floats(2, 12, 3), floats(2, 24), { type: "i32", dims: [2], values: [3, 1] } as const];
const gru = [floats(3, 2, 4), floats(1, 9, 4), floats(1, 9, 3), floats(1, 18)];

const NODES: [string, NodeModel][] = [
  node("Conv", [floats(1, 4, 7, 6), floats(6, 2, 3, 2), floats(6)], { group: 2, strides: [2, 1], pads: [1, 0, 1, 2], dilations: [1, 2] }),
  node("Conv", [floats(2, 3, 9), floats(4, 3, 3)], { auto_pad: "SAME_LOWER", strides: [2] }),
  node("ConvTranspose", [floats(1, 4, 3, 3), floats(4, 2, 3, 3), floats(4)], {
    group: 2, strides: [2, 3], output_padding: [1, 1], pads: [1, 0, 0, 1],
  }),
  node("ConvTranspose", [floats(1, 2, 3, 3), floats(2, 1, 3, 3)], { auto_pad: "SAME_UPPER", strides: [2, 2] }),
  node("ConvInteger", [bytes("ui8", 1, 2, 5, 5), bytes("ui8", 3, 2, 2, 2), { type: "ui8", dims: [], values: [7] }], {}, { outputs: ["i32"] }),
  node("AveragePool", [floats(1, 2, 7, 7)], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 }),
  node("AveragePool", [floats(1, 2, 7, 7)], { kernel_shape: [3, 2], pads: [1, 0, 1, 1], count_include_pad: 1 }),
  node("MaxPool", [floats(1, 2, 7, 8)], { kernel_shape: [3, 3], strides: [2, 2], dilations: [2, 1] }, { outputs: ["f32", "i64"] }),
  node("MaxPool", [floats(1, 1, 6, 6)], { kernel_shape: [2, 2], auto_pad: "SAME_UPPER" }),
  node("LpPool", [floats(1, 2, 6)], { kernel_shape: [3], p: 3 }),
  node("GlobalAveragePool", [floats(2, 3, 4, 5)]),
  node("LSTM", lstm, { hidden_size: 3, direction: "bidirectional" }, { outputs: ["f32", "f32", "f32"] }),
  node("GRU", gru, { hidden_size: 3, linear_before_reset: 1, direction: "reverse" }, { outputs: ["f32", "f32"] }),
  node("RNN", [floats(3, 2, 4), floats(1, 3, 4), floats(1, 3, 3)], { hidden_size: 3, activations: ["Relu"] }, { outputs: ["f32", "f32"] }),
  node("Resize", [floats(1, 1, 4, 5), undefined, constant({ type: "f32", dims: [4], values: [1, 1, 1.5, 2] })], { mode: "linear" }),
  node("Resize", [floats(1, 1, 4, 5), undefined, undefined, constant(ints([1, 1, 3, 9]))], { mode: "cubic", cubic_coeff_a: { float: -0.5 } }),
  node("Resize", [floats(1, 2, 3, 3), undefined, constant({ type: "f32", dims: [4], values: [1, 1, 2, 2] })], {
    mode: "nearest", coordinate_transformation_mode: "asymmetric", nearest_mode: "floor",
  }),
  node("BatchNormalization", [floats(2, 3, 4), floats(3), floats(3), floats(3), { type: "f32", dims: [3], values: [1, 2, 0.5] }]),
  node("InstanceNormalization", [floats(2, 3, 4, 2), floats(3), floats(3)]),
  node("LRN", [floats(1, 6, 2, 2)], { size: 3, alpha: { float: 0.01 } }),
  node("LpNormalization", [floats(2, 3, 4)], { axis: 1, p: 1 }),
  node("Einsum", [floats(2, 3, 4), floats(2, 4, 5)], { equation: "bij,bjk->bki" }),
  node("Einsum", [floats(3, 3)], { equation: "ii->i" }),
  node("ScatterElements", [floats(3, 4), ints([1, 0, -1, 2], [2, 2]), floats(2, 2)], { axis: 1 }, { opset: 16 }),
  node("ScatterElements", [floats(3, 4), ints([1, 0, 1, 2], [2, 2]), floats(2, 2)], { reduction: "add" }, { opset: 16 }),
  node("ScatterND", [floats(4, 3), ints([3, 0], [2, 1]), floats(2, 3)], {}, { opset: 16 }),
  node("ArgMax", [floats(2, 5)], { axis: 1, keepdims: 0 }, { outputs: ["i64"] }),
  node("ArgMin", [{ type: "f32", dims: [5], values: [2, 1, 3, 1, 4] }], { axis: 0, select_last_index: 1 }, { outputs: ["i64"] }),
  node("TopK", [floats(3, 6), constant(ints([4]))], { axis: 1, largest: 0 }, { outputs: ["f32", "i64"] }),
  node("OneHot", [ints([1, -1, 3, 9]), constant(ints([4])), { type: "f32", dims: [2], values: [-1, 5] }], { axis: 0 }),
  node("Trilu", [floats(3, 4), constant(ints([1], []))], { upper: 0 }),
  node("CumSum", [floats(2, 5), constant(ints([1], []))], { exclusive: 1, reverse: 1 }),
  node("Pad", [floats(2, 3), constant(ints([0, 2, 1, -1]))], { mode: "constant" }),
  node("Pad", [floats(2, 4), constant(ints([1, 3, 0, 2]))], { mode: "reflect" }),
  node("Pad", [floats(2, 4), constant(ints([0, 3, 2, 0]))], { mode: "edge" }),
  node("Compress", [floats(3, 2), constant({ type: "i1", dims: [3], values: [0, 1, 1] })], { axis: 0 }),
  node("Tile", [floats(2, 3), constant(ints([2, 2]))]),
  node("DepthToSpace", [floats(1, 8, 2, 3)], { blocksize: 2, mode: "CRD" }),
  node("SpaceToDepth", [floats(1, 2, 4, 6)], { blocksize: 2 }),
  node("GridSample", [floats(2, 3, 4, 5), floats(2, 3, 2, 2)], { mode: "bicubic", padding_mode: "reflection" }),
  node("GridSample", [floats(1, 2, 4, 5), floats(1, 3, 2, 2)], { mode: "nearest", padding_mode: "border", align_corners: 1 }),
  node("AffineGrid", [floats(2, 2, 3), constant(ints([2, 1, 3, 4]))], {}, { opset: 20 }),
  node("RoiAlign", [floats(2, 3, 6, 6), { type: "f32", dims: [2, 4], values: [0, 1, 4, 5, 1.5, 0, 9, 3] }, ints([1, 0])], {
    output_height: 2, output_width: 3, sampling_ratio: 2, spatial_scale: { float: 0.5 },
  }),
  node("DFT", [floats(2, 6, 2), constant(ints([8], []))], { axis: 1, inverse: 1 }),
  node("DFT", [floats(2, 5, 1)], { axis: 1, onesided: 1 }),
  node("STFT", [floats(1, 16, 1), constant(ints([3], [])), floats(8)], { onesided: 1 }),
  node("HammingWindow", [constant(ints([7], []))], { periodic: 0 }),
  node("Det", [floats(2, 4, 4)]),
  node("Col2Im", [floats(1, 8, 6), constant(ints([4, 5])), constant(ints([2, 2]))], { strides: [2, 1], pads: [1, 0, 0, 0], dilations: [1, 2] }, { opset: 18 }),
  node("ReverseSequence", [floats(4, 3), ints([4, 2, 1])], { time_axis: 0, batch_axis: 1 }),
];

describe("operators on XLA equal ONNX Runtime", () => {
  let folder: string;
  let client: PjrtClient;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "termite-ops-"));
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
