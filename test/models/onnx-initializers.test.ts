import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readInitializers } from "../../src/models/onnx-initializers.ts";
import { formatOnnx } from "../fixtures/onnx-writer.ts";
import { createGraph, createTemporaryFolder } from "./model-folder.ts";

const write = (bytes: Uint8Array): string => {
  const file = join(createTemporaryFolder(), "model.onnx");
  writeFileSync(file, bytes);
  return file;
};

/** What a loop over the generator does not see: what it returns. */
const walk = (file: string) => {
  const generator = readInitializers(file);
  const found = [];
  for (let step = generator.next(); ; step = generator.next()) {
    if (step.done === true) return { found, isWhole: step.value };
    found.push(step.value);
  }
};

describe("readInitializers()", () => {
  test("gives names and dimensions when weights are larger than its window", () => {
    const values = Array.from({ length: 40_000 }, (_, index) => index);
    const initializers = [
      { name: "big", element: "float32", dims: [200, 200], values },
      { name: "scalar", element: "int64", dims: [], values: [7] },
      { name: "after", element: "float32", dims: [300, 1], values: values.slice(0, 300) },
    ] as const;
    const file = write(formatOnnx({ nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"] }], inputs: [], outputs: [], initializers }));
    expect([...readInitializers(file)]).toEqual([
      { name: "big", dims: [200, 200], element: 1 },
      { name: "scalar", dims: [], element: 7 },
      { name: "after", dims: [300, 1], element: 1 },
    ]);
  });

  test("reads packed dimensions", () => {
    // TensorProto { dims: [300, 2] packed, name: "p" } in GraphProto.initializer in ModelProto.graph.
    const tensor = [0x0a, 3, 0xac, 0x02, 0x02, 0x42, 1, 0x70];
    const graph = [0x2a, tensor.length, ...tensor];
    expect([...readInitializers(write(new Uint8Array([0x3a, graph.length, ...graph])))]).toEqual([{ name: "p", dims: [300, 2], element: 0 }]);
  });

  test("ends quietly wherever the file is cut, and says that it is not whole", () => {
    const whole = createGraph(20);
    for (let length = 4; length < whole.length - 8; length += 7) {
      expect(walk(write(whole.subarray(0, length)))).toEqual({ found: [], isWhole: false });
    }
    expect(walk(write(whole))).toMatchObject({ found: [{}, {}], isWhole: true });
  });

  test("ends quietly when the file is no protobuf", () => {
    expect([...readInitializers(write(new Uint8Array(5000).fill(255)))]).toEqual([]);
  });

  test.each([
    ["in the model", (fields: Uint8Array) => fields],
    ["in the graph", (fields: Uint8Array) => Buffer.concat([Buffer.from([0x3a, 0xc0, 0x84, 0x3d]), fields])],
  ])("gives up when there are very many fields %s before what it looks for", (_, wrap) => {
    // 500,000 times a varint 1 of field 1.
    const fields = new Uint8Array(1_000_000).fill(1).map((byte, index) => (index % 2 === 0 ? 0x08 : byte));
    expect(walk(write(Buffer.concat([wrap(fields), createGraph()])))).toEqual({ found: [], isWhole: false });
  });
});
