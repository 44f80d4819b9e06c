// If, Loop and Scan where the program itself decides or goes round: what the conformance set leaves out, held against ONNX
// Runtime. What can be decided before anything runs is in the set.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareModel } from "../../../../src/backends/xla/prepare-model.ts";
import { disableTelemetry } from "../../../../src/ffi/ort/telemetry.ts";
import { createClient } from "../../../../src/ffi/pjrt/client.ts";
import type { PjrtClient } from "../../../../src/ffi/pjrt/client.ts";
import type { NodeInput } from "../../../fixtures/one-node-model.ts";
import { formatOnnx } from "../../../fixtures/onnx-writer.ts";
import type { OnnxGraph, OnnxNode, OnnxValue } from "../../../fixtures/onnx-writer.ts";
import { openTestPlugin } from "../../../fixtures/pjrt-plugin.ts";
import { runConverted, runOracle } from "../../../fixtures/run-one-node.ts";

const value = (name: string, dims: OnnxValue["dims"], element: OnnxValue["element"] = "float32"): OnnxValue => ({ name, element, dims });
const scalar = (name: string, element: "int64" | "float32" | "bool", number: number): NonNullable<OnnxGraph["initializers"]>[number] =>
  ({ name, element, dims: [], values: [number] });
const node = (op: string, inputs: string[], outputs: string[], attributes: OnnxNode["attributes"] = {}): OnnxNode => ({ op, inputs, outputs, attributes });
const floats = (dims: number[]): NodeInput => ({
  type: "f32", dims, values: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => Math.fround(Math.sin(i * 12.9898))),
});

/** One output of a branch: in0 as it is, or its negative; or its first two elements. */
const branch = (op: "Identity" | "Neg" | "Slice", length: number): OnnxGraph => ({
  nodes: [node(op, op === "Slice" ? ["in0", "zero", "two"] : ["in0"], [`by${op}`])], inputs: [], outputs: [value(`by${op}`, [length])],
});

/** out0 = If(sum(in0) > 0) */
const choose = (yes: OnnxGraph, no: OnnxGraph): OnnxGraph => ({
  nodes: [
    node("ReduceSum", ["in0"], ["sum"], { keepdims: 0 }), node("Greater", ["sum", "limit"], ["isMore"]),
    node("If", ["isMore"], ["out0"], { then_branch: { graph: yes }, else_branch: { graph: no } }),
  ],
  inputs: [value("in0", [3])], outputs: [value("out0", ["n"])],
  initializers: [
    scalar("limit", "float32", 0), { name: "zero", element: "int64", dims: [1], values: [0] }, { name: "two", element: "int64", dims: [1], values: [2] },
  ],
});

/** Adds in0 to the state until its sum is above 10, or `count` times; the second output has the state of each time. */
const addUp = ({ count, isStopped, isStacked }: { count?: number; isStopped?: boolean; isStacked: boolean }): OnnxGraph => ({
  nodes: [node("Loop", [count === undefined ? "" : "count", "yes", "in1"], isStacked ? ["out0", "out1"] : ["out0"], { body: { graph: {
    nodes: [
      node("Add", ["before", "in0"], ["after"]), node("ReduceSum", ["after"], ["total"], { keepdims: 0 }), node("Less", ["total", "ten"], ["isLess"]),
      node("Identity", [isStopped ? "isLess" : "flag"], ["next"]), node("Identity", ["after"], ["shown"]),
    ],
    inputs: [value("i", [], "int64"), value("flag", [], "bool"), value("before", [2])],
    outputs: [value("next", [], "bool"), value("after", [2]), ...(isStacked ? [value("shown", [2])] : [])],
  } } })],
  inputs: [value("in0", [2]), value("in1", [2])],
  outputs: [value("out0", [2]), ...(isStacked ? [value("out1", ["n", 2])] : [])],
  initializers: [scalar("yes", "bool", 1), scalar("ten", "float32", 10), ...(count === undefined ? [] : [scalar("count", "int64", count)])],
});

/** Running sums over `rows` rows. */
const scanRows = (rows: number, attributes: OnnxNode["attributes"]): OnnxGraph => ({
  nodes: [node("Scan", ["in0", "in1"], ["out0", "out1"], { num_scan_inputs: 1, ...attributes, body: { graph: {
    nodes: [node("Add", ["before", "row"], ["after"]), node("Identity", ["after"], ["shown"])],
    inputs: [value("before", [2]), value("row", [2])], outputs: [value("after", [2]), value("shown", [2])],
  } } })],
  inputs: [value("in0", [2]), value("in1", [rows, 2])], outputs: [value("out0", [2]), value("out1", [rows, 2])],
});

const three = floats([3]);
const step: NodeInput = { type: "f32", dims: [2], values: [0.25, 0.5] };
const begin: NodeInput = { type: "f32", dims: [2], values: [1, 2] };
const ROWS: [string, OnnxGraph, NodeInput[]][] = [
  ["If takes the branch that data chooses", choose(branch("Identity", 3), branch("Neg", 3)), [three]],
  ["If takes the other branch", choose(branch("Identity", 3), branch("Neg", 3)), [{ ...three, values: [-1, -2, 1] }]],
  ["Loop of a few times is written out", addUp({ count: 5, isStacked: true }), [step, begin]],
  ["Loop of many times goes round", addUp({ count: 200, isStacked: true }), [step, begin]],
  ["Loop ends when data says so", addUp({ isStopped: true, isStacked: false }), [step, begin]],
  ["Loop ends with its count before data says so", addUp({ count: 3, isStopped: true, isStacked: false }), [step, begin]],
  ["Scan of many rows goes round", scanRows(100, {}), [begin, floats([100, 2])]],
  ["Scan reads and writes backwards", scanRows(4, { scan_input_directions: [1], scan_output_directions: [1] }), [begin, floats([4, 2])]],
  ["Scan of many rows reads and writes backwards", scanRows(80, { scan_input_directions: [1], scan_output_directions: [1] }), [begin, floats([80, 2])]],
];

let folder: string;
let client: PjrtClient;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "termite-control-flow-"));
  disableTelemetry();
  client = createClient(openTestPlugin());
});
afterAll(async () => {
  client.close();
  await rm(folder, { recursive: true });
});

describe("control flow on XLA equals ONNX Runtime", () => {
  test.each(ROWS)("%s", async (_, graph, inputs) => {
    const file = join(folder, "model.onnx");
    await Bun.write(file, formatOnnx(graph));
    const model = { op: "", opset: 17, inputs, outputs: graph.outputs.map(() => "f32" as const) };
    const expected = await runOracle(file, model);
    const found = await runConverted(client, file, model);
    expect(found.map(({ dims }) => dims)).toEqual(expected.map(({ dims }) => dims));
    found.forEach(({ values }, i) => values.forEach((number, at) => expect(number).toBeCloseTo(expected[i]?.values[at] ?? Number.NaN, 4)));
  });
});

test.each([
  ["If of branches with different shapes", choose(branch("Identity", 3), branch("Slice", 2)), { in0: [3] }, "If", "input 0 needs to be constant"],
  ["Loop whose outputs are as many as data says", addUp({ isStopped: true, isStacked: true }), { in0: [2], in1: [2] }, "Loop",
    "its number of iterations depends on data"],
] as const)("convert() refuses %s", async (_, graph, shapes, op, found) => {
  const file = join(folder, "refused.onnx");
  await Bun.write(file, formatOnnx(graph));
  const prepared = await prepareModel({ graphFile: file });
  expect(() => prepared.convert({ shapes })).toThrow(`Cannot convert the model: operator "${op}" of opset 17: ${found}`);
});
