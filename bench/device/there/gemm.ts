// A model of nothing but large matrix products, so that an engine's rate stands beside what the same engine can reach on this
// machine. One number goes in and one comes out: the matrices stay on the device.
import { create, toBinary } from "@bufbuild/protobuf";
import {
  GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema, TensorProto_DataType as DataType, TensorProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { NodeProto, ValueInfoProto } from "onnx-buf";

export interface GemmShape {
  /** Of the square matrices. */
  width: number;
  /** Products, each of the one before with the same matrix. */
  count: number;
}

export const countOperations = ({ width, count }: GemmShape): number => 2 * width ** 3 * count;

const createNode = (opType: string, input: string[], output: string): NodeProto => create(NodeProtoSchema, { opType, name: output, input, output: [output] });

function createValue(name: string, dims: readonly number[]): ValueInfoProto {
  const dim = dims.map((size) => ({ value: { case: "dimValue" as const, value: BigInt(size) } }));
  return create(ValueInfoProtoSchema, { name, type: { value: { case: "tensorType", value: { elemType: DataType.FLOAT, shape: { dim } } } } });
}

/** `peak = max((seed * weights) x weights x weights …)`: `seed` is [1, 1], and nothing can be computed before it is known. */
export function createGemmModel({ width, count }: GemmShape): Uint8Array {
  const weights = create(TensorProtoSchema, {
    name: "weights", dataType: DataType.FLOAT, dims: [BigInt(width), BigInt(width)], rawData: new Uint8Array(createWeights(width).buffer),
  });
  const products = Array.from({ length: count }, (_, i) => createNode("MatMul", [`product${i}`, "weights"], `product${i + 1}`));
  const graph = create(GraphProtoSchema, {
    name: "gemm",
    initializer: [weights],
    node: [createNode("Mul", ["seed", "weights"], "product0"), ...products, createNode("ReduceMax", [`product${count}`], "peak")],
    input: [createValue("seed", [1, 1])],
    output: [createValue("peak", [1, 1])],
  });
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph, opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: 17n })] }));
}

/** Uniform, of variance 1/width, so that products keep their size. Not zeros: those run faster than data does. */
function createWeights(width: number): Float32Array<ArrayBuffer> {
  const most = Math.sqrt(3 / width);
  let state = 1;
  return Float32Array.from({ length: width * width }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * most;
  });
}
