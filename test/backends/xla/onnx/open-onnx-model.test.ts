import { describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { AttributeProto_AttributeType as Kind, ModelProtoSchema, TensorProto_DataLocation } from "onnx-buf";
import type { DataType } from "../../../../src/backends/xla/convert/data-type.ts";
import { openOnnxModel } from "../../../../src/backends/xla/onnx/open-onnx-model.ts";
import { createFolder, createGraph, createValue, formatModel, writeModel } from "./model-file.ts";
import type { GraphInit, ModelInit, NodeInit, TensorInit } from "./model-file.ts";

const open = (graph: GraphInit, rest?: ModelInit) => openOnnxModel(writeModel(formatModel(graph, rest)));
const readTensor = (tensor: TensorInit) => open(createGraph({ initializer: [{ name: "w", ...tensor }] })).graph.initializers.get("w");
const bytesOf = (array: ArrayBufferView<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
const node = (op: string, input: string[], output: string[], rest: NodeInit = {}): NodeInit => ({ opType: op, input, output, ...rest });

describe("openOnnxModel()", () => {
  test.each<[string, TensorInit, DataType, readonly number[]]>([
    ["float32", { dataType: 1, dims: [2n], floatData: [1, -2] }, "f32", [0, 0, 128, 63, 0, 0, 0, 192]],
    ["float64", { dataType: 11, dims: [1n], doubleData: [1] }, "f64", [0, 0, 0, 0, 0, 0, 240, 63]],
    ["float16, as its bits", { dataType: 10, dims: [1n], int32Data: [0x3c00] }, "f16", [0, 60]],
    ["bfloat16, as its bits", { dataType: 16, dims: [1n], int32Data: [0x3f80] }, "bf16", [128, 63]],
    ["int64", { dataType: 7, dims: [1n], int64Data: [-2n] }, "i64", [254, 255, 255, 255, 255, 255, 255, 255]],
    ["int32", { dataType: 6, dims: [1n], int32Data: [-2] }, "i32", [254, 255, 255, 255]],
    ["int16", { dataType: 5, dims: [1n], int32Data: [-2] }, "i16", [254, 255]],
    ["int8", { dataType: 3, dims: [1n], int32Data: [-2] }, "i8", [254]],
    ["uint8", { dataType: 2, dims: [1n], int32Data: [200] }, "ui8", [200]],
    ["uint16", { dataType: 4, dims: [1n], int32Data: [65_534] }, "ui16", [254, 255]],
    ["uint32", { dataType: 12, dims: [1n], uint64Data: [4_294_967_294n] }, "ui32", [254, 255, 255, 255]],
    ["uint64", { dataType: 13, dims: [1n], uint64Data: [254n] }, "ui64", [254, 0, 0, 0, 0, 0, 0, 0]],
    ["bool", { dataType: 9, dims: [2n], int32Data: [1, 0] }, "i1", [1, 0]],
    ["int4, two a byte, low bits first", { dataType: 22, dims: [3n], rawData: Uint8Array.of(0x8f, 0x07) }, "i4", [255, 248, 7]],
    ["int4 in typed data", { dataType: 22, dims: [3n], int32Data: [0x8f, 0x07] }, "i4", [255, 248, 7]],
    ["uint4", { dataType: 21, dims: [2n], rawData: Uint8Array.of(0x8f) }, "ui4", [15, 8]],
    ["int2, four a byte", { dataType: 26, dims: [4n], rawData: Uint8Array.of(0b11_10_01_00) }, "i2", [0, 1, 254, 255]],
    ["float8 as its bits", { dataType: 17, dims: [1n], rawData: Uint8Array.of(0x38) }, "f8E4M3FN", [0x38]],
    ["no elements", { dataType: 1, dims: [0n, 4n] }, "f32", []],
  ])("reads %s", (_, tensor, type, bytes) => {
    const found = readTensor(tensor);
    expect(found?.type).toBe(type);
    expect([...(found?.bytes ?? [])]).toEqual([...bytes]);
  });

  test("gives weights that lie aligned in the file as views, others as copies", () => {
    const weights = Array.from({ length: 4 }, (_, i): TensorInit => ({
      name: "w".repeat(i + 1), dataType: 1, dims: [1n], rawData: bytesOf(Float32Array.of(i)),
    }));
    const { initializers } = open(createGraph({ node: [node("Sum", weights.map(({ name }) => name ?? ""), ["y"])], initializer: weights })).graph;
    const tensors = [...initializers.values()].map(({ bytes }) => bytes);
    expect(tensors.map((bytes) => new Float32Array(bytes.buffer, bytes.byteOffset, 1)[0])).toEqual([0, 1, 2, 3]);
    expect(tensors.some((bytes) => bytes.buffer.byteLength > 4)).toBe(true);
  });

  test("sorts nodes and leaves out what no output needs", () => {
    const nodes = [node("Neg", ["a"], ["y"]), node("Unknown", ["x"], ["unused"]), node("Abs", ["x"], ["a"])];
    expect(open(createGraph({ node: nodes })).graph.nodes.map(({ op }) => op)).toEqual(["Abs", "Neg"]);
  });

  test("takes the opset of each domain, whatever ai.onnx is called", () => {
    const rest: ModelInit = { opsetImport: [{ domain: "ai.onnx", version: 18n }, { domain: "com.microsoft", version: 1n }] };
    const nodes = [node("Gelu", ["x"], ["a"], { domain: "com.microsoft" }), node("Relu", ["a"], ["y"])];
    expect(open(createGraph({ node: nodes }), rest).graph.nodes.map(({ opset }) => opset)).toEqual([1, 18]);
  });

  test("puts the bodies of local functions in place of their calls", () => {
    const square = {
      name: "Power", domain: "local", input: ["v"], output: ["r"], attribute: ["n"], opsetImport: [{ domain: "", version: 13n }],
      attributeProto: [{ name: "unused", type: Kind.INT, i: 1n }],
      node: [
        node("Constant", [], ["n"], { attribute: [{ name: "value_int", type: Kind.INT, refAttrName: "n" }] }),
        node("Cast", ["n"], ["m"], { attribute: [{ name: "to", type: Kind.INT, i: 1n }] }), node("Pow", ["v", "m"], ["r"]),
      ],
    };
    const call = (input: string, output: string, i: bigint): NodeInit =>
      node("Power", [input], [output], { domain: "local", attribute: [{ name: "n", type: Kind.INT, i }] });
    const rest: ModelInit = { opsetImport: [{ domain: "", version: 17n }, { domain: "local", version: 1n }], functions: [square] };
    const { nodes } = open(createGraph({ node: [call("x", "t", 2n), call("t", "y", 3n)] }), rest).graph;
    expect(nodes.map(({ op, opset }) => `${op}@${opset}`)).toEqual([
      "Constant@13", "Cast@13", "Pow@13", "Constant@13", "Cast@13", "Pow@13",
    ]);
    expect(nodes.flatMap(({ attributes }) => attributes.get("value_int")?.value ?? [])).toEqual([2n, 3n]);
    expect(nodes.at(-1)?.inputs[0]).toBe("t");
    expect(nodes.at(-1)?.outputs).toEqual(["y"]);
  });
});

const external = (location: string, rest: Record<string, string> = {}): TensorInit => ({
  name: "w", dataType: 1, dims: [2n], dataLocation: TensorProto_DataLocation.EXTERNAL,
  externalData: Object.entries({ location, ...rest }).map(([key, value]) => ({ key, value })),
});

describe("openOnnxModel() with external data", () => {
  const folder = createFolder();
  mkdirSync(join(folder, "model/sub"), { recursive: true });
  writeFileSync(join(folder, "secret.bin"), bytesOf(Float32Array.of(9, 9)));
  writeFileSync(join(folder, "model/sub/w.bin"), bytesOf(Float32Array.of(0, 3, 4)));
  symlinkSync(join(folder, "secret.bin"), join(folder, "model/link.bin"));
  symlinkSync(folder, join(folder, "model/up"));
  const read = (tensor: TensorInit): number[] => {
    const path = writeModel(formatModel(createGraph({ initializer: [tensor] })), join(folder, "model"));
    const { bytes } = openOnnxModel(path).graph.initializers.get("w") ?? { bytes: new Uint8Array() };
    return [...new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)];
  };

  test("reads a part of a file below the model's folder", () => {
    expect(read(external("sub/w.bin", { offset: "4", length: "8" }))).toEqual([3, 4]);
    expect(read(external("./sub/../sub/w.bin"))).toEqual([0, 3]);
  });

  test.each([
    ["../secret.bin", {}, 'external data "../secret.bin" of tensor "w" is outside of the model\'s folder'],
    [join(folder, "secret.bin"), {}, `external data ${JSON.stringify(join(folder, "secret.bin"))} of tensor "w" is outside of the model's folder`],
    ["link.bin", {}, 'external data "link.bin" of tensor "w" is outside of the model\'s folder'],
    ["up/secret.bin", {}, 'external data "up/secret.bin" of tensor "w" is outside of the model\'s folder'],
    ["", {}, 'external data "" of tensor "w" is outside of the model\'s folder'],
    ["none.bin", {}, 'external data "none.bin" of tensor "w" is missing'],
    ["sub", {}, 'external data of tensor "w" ends at byte 0, need 8'],
    ["sub/w.bin", { offset: "8" }, 'external data of tensor "w" ends at byte 12, need 16'],
    ["sub/w.bin", { length: "12" }, 'tensor "w" has 12 bytes of external data, need 8'],
    ["sub/w.bin", { offset: "-4" }, 'external data of tensor "w" has the offset "-4"'],
  ])("refuses %s %o", (location, rest, found) => {
    expect(() => read(external(location, rest))).toThrow(expect.objectContaining({
      code: "model_load_failed", message: `Cannot read the model: ${found}`,
    }));
  });
});

const self = { name: "Loop", domain: "local", input: ["a"], output: ["b"], node: [node("Loop", ["a"], ["b"], { domain: "local" })] };

const BROKEN: [string, GraphInit, string, ModelInit?][] = [
  ["a circle", { node: [node("Add", ["x", "b"], ["a"]), node("Neg", ["a"], ["b"]), node("Neg", ["b"], ["y"])] }, 'node "Add" is part of a circle'],
  ["a node that reads itself", { node: [node("Add", ["x", "y"], ["y"])] }, 'node "Add" is part of a circle'],
  ["a name that nothing makes", { node: [node("Add", ["x", "none"], ["y"], { name: "sum" })] }, 'node "sum" reads "none", which nothing makes'],
  ["an output that nothing makes", { output: [createValue("none")] }, 'the output reads "none", which nothing makes'],
  ["two nodes of one output", { node: [node("Neg", ["x"], ["y"]), node("Abs", ["x"], ["y"])] }, 'two values have the name "y"'],
  ["a node that makes an input", { node: [node("Neg", ["w"], ["x"]), node("Abs", ["x"], ["y"])] }, 'two values have the name "x"'],
  ["two inputs of one name", { input: [createValue("x"), createValue("x")] }, "two inputs have the same name"],
  ["two initializers of one name", {
    initializer: [{ name: "w", dataType: 1, dims: [0n] }, { name: "w", dataType: 1, dims: [0n] }],
  }, 'two initializers have the name "w"'],
  ["negative dims", { initializer: [{ name: "w", dataType: 1, dims: [-1n] }] }, 'tensor "w" has the dimension -1'],
  ["dims past any memory", {
    initializer: [{ name: "w", dataType: 1, dims: [2n ** 40n, 2n ** 40n] }],
  }, 'tensor "w" has 1.2089258196146292e+24 elements'],
  ["dims past 53 bits", { initializer: [{ name: "w", dataType: 1, dims: [2n ** 62n] }] }, 'tensor "w" has the dimension 4611686018427387904'],
  ["too many dims", {
    initializer: [{ name: "w", dataType: 1, dims: Array.from({ length: 65 }, () => 1n) }],
  }, 'tensor "w" has 65 dimensions'],
  ["raw data of another size", { initializer: [{ name: "w", dataType: 1, dims: [2n], rawData: new Uint8Array(7) }] }, 'tensor "w" has 7 bytes, need 8'],
  ["data for no elements", { initializer: [{ name: "w", dataType: 1, dims: [0n], rawData: new Uint8Array(4) }] }, 'tensor "w" has 4 bytes, need 0'],
  ["typed data of another size", { initializer: [{ name: "w", dataType: 1, dims: [2n], floatData: [1] }] }, 'tensor "w" has 1 values, need 2'],
  ["no data", { initializer: [{ name: "w", dataType: 7, dims: [2n] }] }, 'tensor "w" has 0 values, need 2'],
  ["a function that calls itself", {
    node: [node("Loop", ["x"], ["y"], { domain: "local" })],
  }, 'function "Loop" calls itself or is nested deeper than 64', { functions: [self] }],
  ["an attribute without its tensor", {
    node: [node("Constant", [], ["y"], { attribute: [{ name: "value", type: Kind.TENSOR }] })],
  }, 'attribute "value" has no tensor'],
];

describe("openOnnxModel() with a broken file", () => {
  test.each(BROKEN.map(([what, graph, found, rest]) => ({ what, graph, found, rest })))("refuses $what", ({ graph, found, rest }) => {
    expect(() => open(createGraph(graph), rest)).toThrow(expect.objectContaining({
      code: "model_load_failed", message: `Cannot read the model: ${found}`,
    }));
  });

  test("refuses a file that is cut off, wherever it is cut", () => {
    const whole = formatModel(createGraph());
    for (let length = 1; length < whole.length; length++) {
      expect(() => openOnnxModel(writeModel(whole.subarray(0, length), dirname(path)))).toThrow(/^Cannot (read|convert) the model: /);
    }
  });
  const path = writeModel(formatModel(createGraph()));

  test.each([
    ["nothing", new Uint8Array(), "the graph file is empty"],
    ["text", new TextEncoder().encode("<!doctype html><title>Sign in</title>"), "it is no ONNX model, or it is cut off"],
    ["no graph", toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n })), "it has no graph"],
    ["no opset", formatModel(createGraph(), { opsetImport: [] }), "it names no opset"],
  ])("refuses a file with %s", (_, bytes, found) => {
    expect(() => openOnnxModel(writeModel(bytes))).toThrow(`Cannot read the model: ${found}`);
  });

  test("refuses a folder and a missing file", () => {
    for (const wrong of [createFolder(), join(createFolder(), "model.onnx")]) {
      expect(() => openOnnxModel(wrong)).toThrow("Cannot read the model: the graph file is missing");
    }
  });

  test("refuses graphs that are nested without end", () => {
    const nest = (graph: GraphInit): GraphInit =>
      createGraph({ node: [node("If", ["x"], ["y"], { attribute: [{ name: "then_branch", type: Kind.GRAPH, g: graph }] })] });
    let graph = createGraph();
    for (let depth = 0; depth < 40; depth++) graph = nest(graph);
    expect(() => open(graph)).toThrow(/^Cannot read the model: (graphs are nested deeper than 32|it is no ONNX model, or it is cut off)$/);
  });

  test("refuses functions that grow without end", () => {
    const functions = Array.from({ length: 40 }, (_, i) => ({
      name: `F${i}`, domain: "local", input: ["a"], output: ["c"],
      node: [node(`F${i + 1}`, ["a"], ["b"], { domain: "local" }), node(`F${i + 1}`, ["b"], ["c"], { domain: "local" })],
    }));
    const graph = createGraph({ node: [node("F0", ["x"], ["y"], { domain: "local" })] });
    expect(() => open(graph, { functions })).toThrow("Cannot read the model: its functions grow to more than 200000 nodes");
  });
});

const UNSUPPORTED: [string, GraphInit, string, ModelInit?][] = [
  ["an element type that nobody knows", { initializer: [{ name: "w", dataType: 99, dims: [1n] }] }, 'tensor "w" has the element type 99'],
  ["complex numbers", { initializer: [{ name: "w", dataType: 14, dims: [1n] }] }, 'tensor "w" has the element type 14'],
  ["sparse initializers", { sparseInitializer: [{ values: { name: "s" } }] }, 'initializer "s" is sparse'],
  ["an opset before 7", {}, "found opset 6, need 7 to 28", { opsetImport: [{ domain: "", version: 6n }] }],
  ["an opset after 28", {}, "found opset 29, need 7 to 28", { opsetImport: [{ domain: "ai.onnx", version: 29n }] }],
];

test.each(UNSUPPORTED.map(([what, graph, found, rest]) => ({ what, graph, found, rest })))("openOnnxModel() refuses $what as unsupported", ({ graph, found, rest }) => {
  expect(() => open(createGraph(graph), rest)).toThrow(expect.objectContaining({
    code: "unsupported_model", message: `Cannot convert the model: ${found}`,
  }));
});

test("openOnnxModel() refuses strings only when they are used", () => {
  const { graph } = open(createGraph({ initializer: [{ name: "w", dataType: 8, dims: [1n], stringData: [new Uint8Array(1)] }] }));
  expect(graph.initializers.get("w")?.type).toBe("string");
  expect(() => graph.initializers.get("w")?.bytes).toThrow('Cannot convert the model: tensor "w" holds strings that are used as data');
});
