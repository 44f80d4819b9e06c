// What ONNX Runtime's optimizer makes of transformers (com.microsoft), and attention with rotary positions: no case of the
// conformance set has them, so each form is held against ONNX Runtime itself.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareModel } from "../../../../src/backends/xla/prepare-model.ts";
import { disableTelemetry } from "../../../../src/ffi/ort/telemetry.ts";
import { createClient } from "../../../../src/ffi/pjrt/client.ts";
import type { PjrtClient } from "../../../../src/ffi/pjrt/client.ts";
import { createOneNodeModel, nameOfInput } from "../../../fixtures/one-node-model.ts";
import type { NodeInput, NodeModel } from "../../../fixtures/one-node-model.ts";
import { openTestPlugin } from "../../../fixtures/pjrt-plugin.ts";
import { runConverted, runOracle } from "../../../fixtures/run-one-node.ts";

/** Numbers between -1 and 1 without a pattern. */
const floats = (...dims: number[]): NodeInput => {
  const count = dims.reduce((product, dim) => product * dim, 1);
  return { type: "f32", dims, values: Array.from({ length: count }, (_, i) => Math.fround(Math.sin(i * 12.9898 + dims.length))) };
};
const ints = (values: number[], dims = [values.length]): NodeInput => ({ type: "i32", dims, values });
const longs = (values: number[], dims = [values.length]): NodeInput => ({ type: "i64", dims, values });

type Row = [string, NodeModel];
const node = (op: string, inputs: NodeModel["inputs"], attributes: NodeModel["attributes"] = {}, outputs: NodeModel["outputs"] = ["f32"]): Row =>
  [`${op} ${JSON.stringify(attributes)} of ${inputs.length}`, { op, domain: "com.microsoft", opset: 1, inputs, attributes, outputs }];

const x = floats(2, 4, 8);
const qkv = [floats(2, 3, 8), floats(2, 5, 8), floats(2, 5, 8)];
const group = [floats(2, 4, 64), floats(2, 4, 32), floats(2, 4, 32)];
const angles = [floats(6, 8), { ...floats(6, 8), values: floats(6, 8).values.map((value) => value / 2) }];
const cos = floats(6, 2);
const sin = { ...floats(6, 2), values: floats(6, 2).values.map((value) => value / 2) };
const mask = ints([1, 1, 1, 0, 1, 1, 0, 0], [2, 4]);
const [lengths, total] = [ints([3, 1]), { ...ints([4], [1]), isConstant: true } as const];
const grouped = { num_heads: 4, kv_num_heads: 2 };

const NODES: Row[] = [
  node("Attention", [x, floats(8, 24), floats(24)], { num_heads: 2 }),
  node("Attention", [x, floats(8, 24), floats(24), mask], { num_heads: 2 }),
  node("Attention", [x, floats(8, 24), floats(24), ints([3, 2])], { num_heads: 2, unidirectional: 1 }),
  node("Attention", [x, floats(8, 24), floats(24), ints([4, 3, 1, 0])], { num_heads: 2 }),
  node("Attention", [x, floats(8, 20), floats(20), undefined, undefined, floats(1, 2, 4, 4)], {
    num_heads: 2, qkv_hidden_sizes: [8, 8, 4], scale: { float: 0.3 },
  }),
  node("Attention", [x, floats(8, 24), floats(24), ints([1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1], [2, 6]), floats(2, 2, 2, 2, 4)], {
    num_heads: 2, unidirectional: 1,
  }, ["f32", "f32"]),
  node("MultiHeadAttention", qkv, { num_heads: 2 }),
  node("MultiHeadAttention", [...qkv, floats(24), ints([1, 1, 1, 0, 0, 1, 1, 1, 1, 0], [2, 5]), floats(2, 2, 3, 5)], { num_heads: 2 }),
  node("MultiHeadAttention", [x, x, x, undefined, undefined, undefined, floats(2, 2, 3, 4), floats(2, 2, 3, 4)], {
    num_heads: 2, unidirectional: 1,
  }, ["f32", "f32", "f32"]),
  node("GroupQueryAttention", [...group, undefined, undefined, ints([3, 3]), total], grouped, ["f32", "f32", "f32"]),
  node("GroupQueryAttention", [...group, undefined, undefined, ints([3, 3]), total, ...angles], {
    ...grouped, do_rotary: 1, local_window_size: 2, softcap: { float: 2 },
  }),
  node("GroupQueryAttention", [floats(2, 4, 128), undefined, undefined, undefined, undefined, ints([3, 3]), total, ...angles], {
    ...grouped, do_rotary: 1, rotary_interleaved: 1,
  }),
  node("RotaryEmbedding", [floats(2, 3, 8), longs([0, 2, 5, 1, 1, 3], [2, 3]), cos, sin]),
  node("RotaryEmbedding", [floats(2, 2, 3, 4), longs([2]), cos, sin], { interleaved: 1 }),
  node("RotaryEmbedding", [floats(1, 3, 12), longs([0]), cos, sin], { num_heads: 2, rotary_embedding_dim: 4 }),
  node("SkipLayerNormalization", [x, x, floats(8), floats(8), floats(8)], { epsilon: { float: 0.01 } }, ["f32", "f32", "f32", "f32"]),
  node("SkipLayerNormalization", [x, floats(4, 8), floats(8)]),
  node("SkipSimplifiedLayerNormalization", [x, x, floats(8), floats(8)], { epsilon: { float: 0.01 } }),
  ["SimplifiedLayerNormalization", { op: "SimplifiedLayerNormalization", opset: 17, inputs: [x, floats(8)], outputs: ["f32"] }],
  node("EmbedLayerNormalization", [
    ints([1, 3, 2, 0], [2, 2]), ints([0, 1, 1, 0], [2, 2]), floats(4, 8), floats(5, 8), floats(2, 8), floats(8), floats(8), ints([1, 1, 1, 0], [2, 2]),
  ], { epsilon: { float: 0.01 } }, ["f32", "i32"]),
  node("EmbedLayerNormalization", [ints([1, 3], [1, 2]), undefined, floats(4, 8), floats(5, 8), undefined, floats(8), floats(8)], {}, ["f32", "i32"]),
  node("FastGelu", [x, floats(8)]),
  node("BiasGelu", [x, floats(8)]),
  node("QuickGelu", [x], { alpha: { float: 1.5 } }),
  node("FusedMatMul", [floats(2, 3, 4), floats(2, 5, 3)], { transA: 1, transB: 1, alpha: { float: 0.5 } }),
];

/** What is refused, with the end of the message. */
const REFUSED: [string, NodeModel, string][] = [
  [...node("Attention", [x, floats(8, 24), floats(24), ints([4, 4, 0, 0, 0, 0, 0, 0])], { num_heads: 2 }), "found a mask of shape [8]"],
  [...node("Attention", [x, floats(8, 24), floats(24)], { num_heads: 2, do_rotary: 1 }), "attribute \"do_rotary\" is not known"],
  [...node("GroupQueryAttention", [...group, floats(2, 2, 3, 16), floats(2, 2, 3, 16), lengths, total], grouped), "found cached positions"],
  [...node("GroupQueryAttention", [...group, undefined, undefined, lengths, total], { ...grouped, smooth_softmax: 1 }),
    "attribute \"smooth_softmax\" is not known"],
];

let folder: string;
let client: PjrtClient;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "termite-transformer-"));
  disableTelemetry();
  client = createClient(openTestPlugin());
});
afterAll(async () => {
  client.close();
  await rm(folder, { recursive: true });
});

describe("operators of transformers on XLA equal ONNX Runtime", () => {
  test.each(NODES)("%s", async (_, model) => {
    const file = join(folder, "model.onnx");
    await Bun.write(file, createOneNodeModel(model));
    const expected = await runOracle(file, model);
    const found = await runConverted(client, file, model);
    const isGiven = ({ dims }: { dims: readonly number[] }): boolean => dims.every((dim) => dim > 0);
    // ONNX Runtime leaves the outputs empty that only training reads.
    expected.forEach((result, i) => {
      if (!isGiven(result) || result.values.length === 0) return;
      expect(found[i]?.dims).toEqual(result.dims);
      result.values.forEach((value, at) => expect(found[i]?.values[at] ?? Number.NaN).toBeCloseTo(value, 4));
    });
  });
});

test("MultiHeadAttention packed by head is what it is apart", async () => {
  const run = async (inputs: NodeModel["inputs"]): Promise<number[]> => {
    const [, model] = node("MultiHeadAttention", inputs, { num_heads: 2 });
    const file = join(folder, "packed.onnx");
    await Bun.write(file, createOneNodeModel(model));
    return (await runConverted(client, file, model))[0]?.values ?? [];
  };
  // [batch 1, positions 2, heads 2, parts, size 1]
  const [q, k, v] = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 1, 2, 3]].map((values) => ({ type: "f32", dims: [1, 2, 2], values }) as const);
  const apart = await run([q, k, v]);
  const all = { type: "f32", dims: [1, 2, 2, 3, 1], values: [1, 5, 9, 2, 6, 1, 3, 7, 2, 4, 8, 3] } as const;
  const pairs = { type: "f32", dims: [1, 2, 2, 2, 1], values: [5, 9, 6, 1, 7, 2, 8, 3] } as const;
  expect(apart).toHaveLength(4);
  expect(await run([all])).toEqual(apart);
  expect(await run([q, pairs])).toEqual(apart);
});

test.each(REFUSED)("prepareModel() refuses %s", async (_, model, found) => {
  const file = join(folder, "refused.onnx");
  await Bun.write(file, createOneNodeModel(model));
  const prepared = await prepareModel({ graphFile: file });
  const shapes = Object.fromEntries(model.inputs.flatMap((input, i) => (input === undefined || input.isConstant ? [] : [[nameOfInput(i), input.dims]])));
  expect(() => prepared.convert({ shapes })).toThrow(
    `Cannot convert the model: operator "com.microsoft.${model.op}" of opset 1 (node "node"): ${found}`,
  );
});
