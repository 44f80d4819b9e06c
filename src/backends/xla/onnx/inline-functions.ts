// Replaces calls of a model's local functions by their bodies, in nested graphs too.
import type { FunctionProto } from "onnx-buf";
import type { ExternalFiles } from "./external-data.ts";
import { brokenModel, quote } from "./onnx-error.ts";
import { normalizeDomain } from "./onnx-model.ts";
import type { OnnxAttribute, OnnxGraph, OnnxNode } from "./onnx-model.ts";
import { readNode } from "./read-graph.ts";

/** A call that calls itself, or a tower of calls that each double, ends here. */
const MOST_DEPTH = 64;
const MOST_NODES = 200_000;

interface LocalFunction {
  inputs: readonly string[];
  outputs: readonly string[];
  defaults: ReadonlyMap<string, OnnxAttribute>;
  nodes: readonly OnnxNode[];
}

/** Functions by domain, name and number of nothing else: overloads are told apart by their own name. */
export function readFunctions(protos: readonly FunctionProto[], files: ExternalFiles): Map<string, LocalFunction> {
  return new Map(protos.map((proto) => {
    const opsets = new Map(proto.opsetImport.map(({ domain, version }) => [normalizeDomain(domain), Number(version)]));
    const scope = { files, opsets };
    // The defaults of attributes are read as those of a node that has nothing else.
    const holder = { input: [], output: [], name: "", opType: "", domain: "", overload: "", docString: "" };
    const { attributes } = readNode(
      { ...holder, $typeName: "onnx.NodeProto", attribute: proto.attributeProto, metadataProps: [], deviceConfigurations: [] }, scope,
    );
    const nodes = proto.node.map((node) => readNode(node, scope));
    const key = formatKey(normalizeDomain(proto.domain), proto.name);
    return [key, { inputs: proto.input, outputs: proto.output, defaults: attributes, nodes }] as const;
  }));
}

const formatKey = (domain: string, name: string): string => `${domain}:${name}`;

export function inlineFunctions(graph: OnnxGraph, functions: ReadonlyMap<string, LocalFunction>): OnnxGraph {
  if (functions.size === 0) return graph;
  let count = 0;
  let calls = 0;

  const inlineGraph = (inner: OnnxGraph, depth: number): OnnxGraph => ({
    ...inner, nodes: inner.nodes.flatMap((node) => inlineNode(node, depth)),
  });
  const inlineNode = (node: OnnxNode, depth: number): OnnxNode[] => {
    if (++count > MOST_NODES) throw brokenModel(`its functions grow to more than ${MOST_NODES} nodes`);
    const called = functions.get(formatKey(node.domain, node.op));
    if (called === undefined) return [mapGraphs(node, (inner) => inlineGraph(inner, depth))];
    if (depth >= MOST_DEPTH) throw brokenModel(`function ${quote(node.op)} calls itself or is nested deeper than ${MOST_DEPTH}`);
    return expandCall(node, called, `${node.op}.${calls++}.`).flatMap((inner) => inlineNode(inner, depth + 1));
  };
  return inlineGraph(graph, 0);
}

/** The body with its names made unique by `prefix`, its inputs and outputs those of the call. */
function expandCall(call: OnnxNode, { inputs, outputs, defaults, nodes }: LocalFunction, prefix: string): OnnxNode[] {
  const names = new Map<string, string>();
  inputs.forEach((name, i) => names.set(name, call.inputs[i] ?? ""));
  const given = new Map([...defaults, ...call.attributes]);
  // An output that is also an input, or given twice, has to be copied under the caller's name.
  const copies = outputs.flatMap((name, i) => {
    const target = call.outputs[i] ?? "";
    if (target === "") return [];
    if (!names.has(name)) return (names.set(name, target), []);
    return [createIdentity(names.get(name) ?? "", target)];
  });
  const rename = (name: string): string => {
    if (name === "") return name;
    const known = names.get(name);
    if (known !== undefined) return known;
    names.set(name, `${prefix}${name}`);
    return `${prefix}${name}`;
  };
  return [...nodes.map((node) => renameNode(resolveReferences(node, given), rename)), ...copies];
}

const createIdentity = (input: string, output: string): OnnxNode =>
  ({ name: "", domain: "", op: "Identity", opset: 13, inputs: [input], outputs: [output], attributes: new Map() });

function renameNode(node: OnnxNode, rename: (name: string) => string): OnnxNode {
  const renamed = mapGraphs(node, (graph) => renameGraph(graph, rename));
  return { ...renamed, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) };
}

function renameGraph(graph: OnnxGraph, rename: (name: string) => string): OnnxGraph {
  const info = <T extends { name: string }>(value: T): T => ({ ...value, name: rename(value.name) });
  return {
    inputs: graph.inputs.map(info), outputs: graph.outputs.map(info),
    initializers: new Map(Array.from(graph.initializers, ([name, tensor]) => [rename(name), tensor])),
    nodes: graph.nodes.map((node) => renameNode(node, rename)),
  };
}

/** Attributes of a body that name one of the call's take its value; without one they are left out. */
function resolveReferences(node: OnnxNode, given: ReadonlyMap<string, OnnxAttribute>): OnnxNode {
  const attributes = Array.from(node.attributes).flatMap(([name, attribute]) => {
    if (attribute.kind !== "reference") return [[name, attribute] as const];
    const value = given.get(attribute.value);
    return value === undefined ? [] : [[name, value] as const];
  });
  const resolved = { ...node, attributes: new Map(attributes) };
  return mapGraphs(resolved, (graph) => ({ ...graph, nodes: graph.nodes.map((inner) => resolveReferences(inner, given)) }));
}

function mapGraphs(node: OnnxNode, map: (graph: OnnxGraph) => OnnxGraph): OnnxNode {
  const attributes = Array.from(node.attributes, ([name, attribute]): [string, OnnxAttribute] => {
    return [name, attribute.kind === "graph" ? { kind: "graph", value: map(attribute.value) } : attribute];
  });
  return { ...node, attributes: new Map(attributes) };
}
