import { describe, expect, test } from "bun:test";
import { AttributeProto_AttributeType as Kind } from "onnx-buf";
import { TermiteError } from "../../../src/errors.ts";
import { prepareModel } from "../../../src/backends/xla/prepare-model.ts";
import type { XlaProgram } from "../../../src/backends/xla/program.ts";
import { createGraph, createValue, formatModel, writeModel } from "./onnx/model-file.ts";
import type { GraphInit, ModelInit, NodeInit, TensorInit } from "./onnx/model-file.ts";

const node = (opType: string, input: string[], output: string[], attribute: NodeInit["attribute"] = []): NodeInit =>
  ({ opType, input, output, attribute });
const floats = (name: string, dims: number[], value = (i: number): number => i): TensorInit => ({
  name, dataType: 1, dims: dims.map(BigInt), floatData: Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
});
const longs = (name: string, values: number[], dims = [values.length]): TensorInit =>
  ({ name, dataType: 7, dims: dims.map(BigInt), int64Data: values.map(BigInt) });
const prepare = (graph: GraphInit, rest?: ModelInit) => prepareModel({ graphFile: writeModel(formatModel(createGraph(graph), rest)) });
const listWeights = ({ arguments: values }: XlaProgram): string[] => values.flatMap((value) => (value.kind === "weight" ? [value.name] : []));

/** What `body` throws. */
async function findError(body: () => unknown): Promise<TermiteError> {
  try {
    await body();
  } catch (error) {
    if (error instanceof TermiteError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("prepareModel()", () => {
  test("refuses operators that nobody knows, all at once and by name", async () => {
    const nodes = [
      { ...node("Frobnicate", ["x"], ["a"]), name: "first" }, { ...node("Attend", ["a"], ["b"]), domain: "org.example" },
      node("Frobnicate", ["b"], ["c"]), node("Neg", ["c"], ["y"]), node("Unused", ["x"], ["z"]),
    ];
    const rest: ModelInit = { opsetImport: [{ domain: "", version: 17n }, { domain: "org.example", version: 3n }] };
    const error = await findError(() => prepare({ node: nodes }, rest));
    expect(error.code).toBe("unsupported_model");
    expect(error.message).toBe('Cannot convert the model: found operator "Frobnicate" of opset 17, operator "org.example.Attend" of opset 3, '
      + "which XLA cannot run");
    expect(error.details?.["operators"]).toEqual([
      { domain: "", op: "Frobnicate", opset: 17, node: "first" }, { domain: "org.example", op: "Attend", opset: 3, node: "" },
      { domain: "", op: "Frobnicate", opset: 17, node: "" },
    ]);
  });

  test("finds unknown operators in nested graphs too", async () => {
    const branch = { node: [node("Frobnicate", ["x"], ["z"])], output: [createValue("z")] };
    const nodes = [node("If", ["x"], ["y"], [{ name: "then_branch", type: Kind.GRAPH, g: branch }, { name: "else_branch", type: Kind.GRAPH, g: branch }])];
    expect((await findError(() => prepare({ node: nodes }))).message).toContain('operator "Frobnicate" of opset 17');
  });

  test("tells inputs, outputs and the type that carries each", async () => {
    const input = [createValue("ids", 7), createValue("flags", 9), createValue("nibbles", 22)];
    const prepared = await prepare({ input, node: [node("Size", ["ids"], ["y"])] });
    expect(prepared.inputs).toEqual([{ name: "ids", type: "i64" }, { name: "flags", type: "i1" }, { name: "nibbles", type: "i8" }]);
    expect(prepared.outputs).toEqual(["y"]);
  });
});

describe("PreparedModel.convert()", () => {
  test("gives large weights as arguments, the same for every shape, and none that is not used", async () => {
    const prepared = await prepare({
      node: [node("MatMul", ["x", "w"], ["a"]), node("Add", ["a", "b"], ["y"])],
      initializer: [floats("w", [4, 8]), floats("b", [8]), floats("unused", [100])],
    });
    const [first, second] = [prepared.convert({ shapes: { x: [2, 4] } }), prepared.convert({ shapes: { x: [3, 5, 4] } })];
    expect(first.arguments).toEqual([
      { kind: "input", name: "x", type: "f32", dims: [2, 4] }, { kind: "weight", name: "w" },
    ]);
    expect(second.arguments.slice(1)).toEqual(first.arguments.slice(1));
    expect([first.outputs, second.outputs]).toEqual([
      [{ name: "y", type: "f32", dims: [2, 8] }], [{ name: "y", type: "f32", dims: [3, 5, 8] }],
    ]);
    expect([...prepared.weights.keys()]).toEqual(["w"]);
    expect(prepared.weights.get("w")?.dims).toEqual([4, 8]);
  });

  test("folds arithmetic on shapes", async () => {
    // Reshape(x, Concat(Shape(x)[0:1], [-1]) with the batch computed anew as Cast(Floor(Cast(Shape(x)[0] * 6 / 4))).
    const nodes = [
      node("Shape", ["x"], ["s"]), node("Gather", ["s", "zero"], ["b"]), node("Mul", ["b", "six"], ["m"]),
      node("Cast", ["m"], ["f"], [{ name: "to", type: Kind.INT, i: 1n }]), node("Div", ["f", "four"], ["d"]), node("Floor", ["d"], ["g"]),
      node("Cast", ["g"], ["n"], [{ name: "to", type: Kind.INT, i: 7n }]), node("Unsqueeze", ["n", "zero1"], ["u"]),
      node("Concat", ["u", "rest"], ["t"], [{ name: "axis", type: Kind.INT, i: 0n }]), node("Reshape", ["x", "t"], ["y"]),
    ];
    const initializer = [longs("zero", [0], []), longs("six", [6], []), floats("four", [], () => 4), longs("zero1", [0]), longs("rest", [-1])];
    const prepared = await prepare({ node: nodes, initializer });
    const { outputs, operations } = prepared.convert({ shapes: { x: [2, 6] } });
    expect({ outputs, operations }).toEqual({ outputs: [{ name: "y", type: "f32", dims: [3, 4] }], operations: 1 });
  });

  test("computes what follows from weights alone once, and again after a release", async () => {
    const nodes = [
      node("Cast", ["w"], ["f"], [{ name: "to", type: Kind.INT, i: 1n }]), node("Mul", ["f", "scale"], ["m"]),
      node("Transpose", ["m"], ["t"]), node("MatMul", ["x", "t"], ["y"]),
    ];
    const packed = { name: "w", dataType: 3, dims: [50n, 100n], int32Data: Array.from({ length: 5000 }, (_, i) => (i % 200) - 100) };
    const prepared = await prepare({ node: nodes, initializer: [packed, floats("scale", [50, 1], (i) => i)] });
    const program = prepared.convert({ shapes: { x: [1, 100] } });
    expect([listWeights(program), program.operations]).toEqual([["t"], 1]);
    const read = (): Float32Array => {
      const bytes = prepared.weights.get("t")?.bytes ?? new Uint8Array();
      return new Float32Array(bytes.buffer, bytes.byteOffset, 5000);
    };
    const before = read();
    // Row 7, column 3 of the transposed matrix: (3 * 100 + 7) % 200 - 100, times 3.
    expect(before[7 * 50 + 3]).toBe(21);
    prepared.releaseWeights();
    expect(read()).toEqual(before);
    expect(read().buffer).not.toBe(before.buffer);
    expect(prepared.convert({ shapes: { x: [2, 100] } }).operations).toBe(1);
  });

  test("says which input an operator needs as a constant, through whatever computes it", async () => {
    const prepared = await prepare({
      input: [createValue("x"), createValue("n", 7)], initializer: [longs("one", [1])],
      node: [node("Add", ["n", "one"], ["m"]), { ...node("Reshape", ["x", "m"], ["y"]), name: "shape" }],
    });
    const shapes = { x: [2, 3], n: [1] };
    const error = await findError(() => prepared.convert({ shapes }));
    expect(error.message).toBe('Cannot convert the model: operator "Reshape" of opset 17 (node "shape"): input 1 needs to be constant');
    expect(error.details?.["constants"]).toEqual(["n"]);
    const bytes = new Uint8Array(BigInt64Array.of(5n).buffer);
    const program = prepared.convert({ shapes, constants: { n: { type: "i64", dims: [1], bytes } } });
    expect(program.outputs).toEqual([{ name: "y", type: "f32", dims: [6] }]);
    expect(program.arguments).toHaveLength(1);
  });

  test.each([
    [{ x: [2, 3] }, 'operator "Add" of opset 17: found shapes that do not fit: [2, 3] and [2]'],
    [{}, 'found no shape for the input "x"'],
  ])("refuses the shapes %o", async (shapes, found) => {
    const prepared = await prepare({});
    expect((await findError(() => prepared.convert({ shapes }))).message).toBe(`Cannot convert the model: ${found}`);
  });

  test("gives the head's result alone, with the head's arguments behind the model's", async () => {
    const prepared = await prepare({ node: [node("Neg", ["x"], ["y"])] });
    const program = prepared.convert({ shapes: { x: [2, 4, 8] }, head: { kind: "pool", modes: ["mean"], steps: [{ kind: "normalize" }] } });
    expect(program.outputs.map(({ dims }) => dims)).toEqual([[2, 8]]);
    expect(program.arguments.map(({ name }) => name)).toEqual(["x", "head:lengths"]);
  });

  test("converts weights once for the precision that was asked for", async () => {
    const graphFile = writeModel(formatModel(createGraph({ node: [node("MatMul", ["x", "w"], ["y"])], initializer: [floats("w", [4, 16], (i) => i + 1 / 3)] })));
    const prepared = await prepareModel({ graphFile, precision: "bf16" });
    const program = prepared.convert({ shapes: { x: [2, 4] } });
    expect(listWeights(program)).toEqual(["w:bf16"]);
    expect(prepared.weights.get("w:bf16")?.type).toBe("bf16");
    expect(program.outputs).toEqual([{ name: "y", type: "f32", dims: [2, 16] }]);
    expect(program.text).toContain("(tensor<2x4xbf16>, tensor<4x16xbf16>) -> tensor<2x16xf32>");
  });
});
