// Writes `.onnx` files message by message, right and wrong ones, into a temporary folder.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import type { GraphProtoSchema, NodeProtoSchema, TensorProtoSchema } from "onnx-buf";

export type TensorInit = MessageInitShape<typeof TensorProtoSchema>;
export type NodeInit = MessageInitShape<typeof NodeProtoSchema>;
export type GraphInit = MessageInitShape<typeof GraphProtoSchema>;
export type ModelInit = MessageInitShape<typeof ModelProtoSchema>;

const STANDARD: ModelInit["opsetImport"] = [{ domain: "", version: 17n }];

export const createFolder = (): string => mkdtempSync(join(tmpdir(), "termite-test-"));

/** y = Add(x, w), unless told otherwise. */
export const createGraph = (graph: GraphInit = {}): GraphInit => ({
  node: [{ opType: "Add", input: ["x", "w"], output: ["y"] }],
  input: [createValue("x")], output: [createValue("y")],
  initializer: [{ name: "w", dataType: 1, dims: [2n], rawData: new Uint8Array(Float32Array.of(1, 2).buffer) }],
  ...graph,
});

export const createValue = (name: string, elemType = 1): NonNullable<GraphInit["input"]>[number] =>
  ({ name, type: { value: { case: "tensorType", value: { elemType } } } });

export const formatModel = (graph: GraphInit, rest: ModelInit = {}): Uint8Array =>
  toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport: STANDARD, graph, ...rest } as ModelInit));

/** Path of the file. */
export function writeModel(bytes: Uint8Array, folder = createFolder()): string {
  const path = join(folder, "model.onnx");
  writeFileSync(path, bytes);
  return path;
}
