// Protobuf messages to plain data: graphs, nodes, attributes, what is said of values.
import { AttributeProto_AttributeType as Kind } from "onnx-buf";
import type { AttributeProto, GraphProto, NodeProto, TypeProto, ValueInfoProto } from "onnx-buf";
import { findDataType } from "../convert/data-type.ts";
import type { ExternalFiles } from "./external-data.ts";
import { brokenModel, quote, unsupportedModel } from "./onnx-error.ts";
import { normalizeDomain } from "./onnx-model.ts";
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxValueInfo } from "./onnx-model.ts";
import { readTensor } from "./read-tensor.ts";

/** What is the same for a whole file or function. */
export interface ReadScope {
  files: ExternalFiles;
  opsets: ReadonlyMap<string, number>;
}

/** Nested graphs are no deeper in any real file. */
const MOST_DEPTH = 32;

/** Checks what the graph alone can say; whether names are known is for check-graph.ts. */
export function readGraph(proto: GraphProto, scope: ReadScope, depth = 0): OnnxGraph {
  if (depth > MOST_DEPTH) throw brokenModel(`graphs are nested deeper than ${MOST_DEPTH}`);
  const [sparse] = proto.sparseInitializer;
  if (sparse !== undefined) throw unsupportedModel(`initializer ${quote(sparse.values?.name ?? "")} is sparse`);
  const initializers = new Map(proto.initializer.map((tensor) => [tensor.name, readTensor(tensor, scope.files)]));
  if (initializers.size < proto.initializer.length) {
    throw brokenModel(`two initializers have the name ${quote(findTwice(proto.initializer.map(({ name }) => name)))}`);
  }
  return {
    inputs: proto.input.filter(({ name }) => !initializers.has(name)).map(readValueInfo),
    outputs: proto.output.map(readValueInfo),
    initializers,
    nodes: proto.node.map((node) => readNode(node, scope, depth)),
  };
}

export function findTwice(names: readonly string[]): string {
  return names.find((name, i) => names.indexOf(name) !== i) ?? "";
}

export function readNode(proto: NodeProto, scope: ReadScope, depth = 0): OnnxNode {
  const domain = normalizeDomain(proto.domain);
  const attributes = proto.attribute.map((attribute) => [attribute.name, readAttribute(attribute, scope, depth)] as const);
  // An operator of a domain that nobody imports is refused later, by its name: unless a function has that name.
  const opset = scope.opsets.get(domain) ?? 0;
  const { name, opType: op, input: inputs, output: outputs } = proto;
  return { name, domain, op, opset, inputs, outputs, attributes: new Map(attributes) };
}

function readAttribute(proto: AttributeProto, scope: ReadScope, depth: number): OnnxAttribute {
  const { name, refAttrName, t: tensor, g: graph } = proto;
  if (refAttrName !== "") return { kind: "reference", value: refAttrName };
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  switch (proto.type) {
    case Kind.FLOAT: return { kind: "float", value: proto.f };
    case Kind.INT: return { kind: "int", value: proto.i };
    case Kind.STRING: return { kind: "string", value: text(proto.s) };
    case Kind.TENSOR:
      if (tensor === undefined) throw brokenModel(`attribute ${quote(name)} has no tensor`);
      return { kind: "tensor", value: readTensor(tensor, scope.files) };
    case Kind.GRAPH:
      if (graph === undefined) throw brokenModel(`attribute ${quote(name)} has no graph`);
      return { kind: "graph", value: readGraph(graph, scope, depth + 1) };
    case Kind.FLOATS: return { kind: "floats", value: proto.floats };
    case Kind.INTS: return { kind: "ints", value: proto.ints };
    case Kind.STRINGS: return { kind: "strings", value: proto.strings.map(text) };
    default: return { kind: "other", value: `attribute type ${proto.type}` };
  }
}

export function readValueInfo({ name, type }: ValueInfoProto): OnnxValueInfo {
  return { name, ...readType(type) };
}

function readType(type: TypeProto | undefined): Omit<OnnxValueInfo, "name"> {
  const value = type?.value;
  if (value?.case === "sequenceType") return { ...readType(value.value.elemType), kind: "sequence" };
  if (value?.case === "optionalType") {
    const inner = readType(value.value.elemType);
    return { ...inner, kind: "optional", ...(inner.kind === "sequence" ? { isSequence: true } : {}) };
  }
  if (value?.case !== "tensorType") return { kind: value?.case === undefined ? "tensor" : "other" };
  const element = findDataType(value.value.elemType);
  const dims = value.value.shape?.dim.map(({ value: dim }) => {
    if (dim.case === "dimParam") return dim.value === "" ? undefined : dim.value;
    // Some exporters write -1 or 0 for "any".
    return dim.case === "dimValue" && dim.value >= 0n ? Number(dim.value) : undefined;
  });
  return { kind: "tensor", ...(element === undefined ? {} : { type: element }), ...(dims === undefined ? {} : { dims }) };
}
