// The tensors of a case: `input_N.pb` and `output_N.pb` hold a TensorProto, a SequenceProto or an OptionalProto each.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { TensorProtoSchema } from "onnx-buf";
import { createExternalFiles } from "../../src/backends/xla/onnx/external-data.ts";
import type { OnnxTensor, OnnxValueInfo } from "../../src/backends/xla/onnx/onnx-model.ts";
import { readTensor } from "../../src/backends/xla/onnx/read-tensor.ts";

/** Items of sequences stand one by one, as programs take and give them: "name:0", "name:1", … */
export type NamedTensors = Map<string, OnnxTensor>;

/** Folders of the data sets of a case. */
export function listDataSets(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith("test_data_set_")).sort().map((name) => join(folder, name));
}

/** `kind` is "input" or "output"; `infos` are the graph's own, in the files' order. */
export function readTensors(folder: string, kind: "input" | "output", infos: readonly OnnxValueInfo[]): NamedTensors {
  const tensors: NamedTensors = new Map();
  infos.forEach((info, i) => readValue(join(folder, `${kind}_${i}.pb`), info, tensors));
  return tensors;
}

function readValue(path: string, info: OnnxValueInfo, tensors: NamedTensors): void {
  const bytes = readFileSync(path);
  const files = createExternalFiles(path);
  const add = (name: string, tensor: Uint8Array): void => {
    tensors.set(name, readTensor(fromBinary(TensorProtoSchema, tensor), files));
  };
  if (info.kind === "tensor") return add(info.name, bytes);
  const isSequence = info.kind === "sequence" || info.isSequence === true;
  // SequenceProto.tensor_values and OptionalProto.tensor_value are field 3, OptionalProto.sequence_value is 5.
  const sequence = info.kind === "optional" && isSequence ? (listFields(bytes, 5)[0] ?? new Uint8Array()) : bytes;
  listFields(sequence, 3).forEach((tensor, i) => add(isSequence || info.kind === "optional" && !isOutput(path) ? `${info.name}:${i}` : info.name, tensor));
}

const isOutput = (path: string): boolean => path.includes("output_");

/** Payloads of a length-delimited field, in order. */
function listFields(message: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted && wireType === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(wireType, field);
  }
  return found;
}
