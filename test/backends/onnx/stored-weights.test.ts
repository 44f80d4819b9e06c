// Where weights lie in files that our own writer, a packed encoding or an attacker made.
import { describe, expect, test } from "bun:test";
import { listStoredWeights } from "../../../src/backends/onnx/stored-weights.ts";
import { createContractModels } from "../../fixtures/contract-models.ts";
import { formatOnnx } from "../../fixtures/onnx-writer.ts";
import { createWeightyGraph, createWeightyModel, WEIGHTY_VOCABULARY, WEIGHTY_WIDTH } from "../../fixtures/weighty-model.ts";

const message = (field: number, ...parts: readonly number[][]): number[] => {
  const body = parts.flat();
  const length: number[] = [];
  let rest = body.length;
  for (; rest > 127; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
  return [(field << 3) | 2, ...length, rest, ...body];
};
const integer = (field: number, value: number): number[] => [field << 3, value];
const text = (field: number, value: string): number[] => message(field, [...Buffer.from(value)]);
/** A file of one tensor. */
const formatTensor = (...fields: readonly number[][]): Uint8Array => Uint8Array.from(message(7, message(5, ...fields)));
const ZEROS = Array.from({ length: 65_536 }, () => 0);

describe("listStoredWeights()", () => {
  test("finds large weights by their place in the file", () => {
    const file = createWeightyModel();
    const found = listStoredWeights(file) ?? [];
    expect(found.map(({ name, elementType, dims, sizeBytes }) => [name, elementType, dims, sizeBytes])).toEqual([
      ["table", 1, [BigInt(WEIGHTY_VOCABULARY), BigInt(WEIGHTY_WIDTH)], WEIGHTY_VOCABULARY * WEIGHTY_WIDTH * 4],
      ["matrix", 1, [BigInt(WEIGHTY_WIDTH), BigInt(WEIGHTY_WIDTH)], WEIGHTY_WIDTH ** 2 * 4],
    ]);
    const { initializers = [] } = createWeightyGraph();
    const stored = found.map(({ offset, sizeBytes }) => [...new Float32Array(file.slice(offset, offset + sizeBytes).buffer)]);
    expect(stored).toEqual(initializers.map(({ values }) => [...new Float32Array(values)]));
  });

  test("reads dims that are packed into one field", () => {
    const file = formatTensor(message(1, [128, 1, 128, 1]), integer(2, 1), text(8, "w"), message(9, ZEROS));
    expect(listStoredWeights(file)).toEqual([expect.objectContaining({ name: "w", dims: [128n, 128n] })]);
  });

  test.each([
    ["small ones", createContractModels().tokens],
    ["one whose dims and bytes disagree", formatTensor(integer(1, 3), integer(2, 1), text(8, "w"), message(9, ZEROS))],
    ["one of another element type", formatTensor(message(1, [128, 128, 1]), integer(2, 7), text(8, "w"), message(9, ZEROS))],
  ])("leaves out %s", (_, file) => {
    expect(listStoredWeights(file)).toEqual([]);
  });

  test("leaves out one that is an input too", () => {
    const graph = createWeightyGraph();
    const table = { name: "table", element: "float32", dims: [WEIGHTY_VOCABULARY, WEIGHTY_WIDTH] } as const;
    const file = formatOnnx({ ...graph, inputs: [...graph.inputs, table] });
    expect(listStoredWeights(file)?.map(({ name }) => name)).toEqual(["matrix"]);
  });

  test.each([
    ["weights in other files", formatTensor(integer(2, 1), text(8, "w"), message(13, text(1, "location")))],
    ["no graph", Uint8Array.of(8, 8)],
    ["a cut file", createWeightyModel().subarray(0, 50_000)],
    ["something else", Buffer.from("# a README")],
  ])("is nothing for a file with %s", (_, file) => {
    expect(listStoredWeights(file)).toBeUndefined();
  });
});
