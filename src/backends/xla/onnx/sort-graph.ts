// Nodes in an order in which every one comes behind what it reads, without those that no output needs. Here it shows
// whether names fit together: each has one maker, each that is read has one, and there is no circle.
import { brokenModel, quote } from "./onnx-error.ts";
import type { OnnxGraph, OnnxNode } from "./onnx-model.ts";

/** Throws `model_load_failed`. `outer` are names that a nested graph may read. */
export function sortGraph(graph: OnnxGraph, outer: ReadonlySet<string> = new Set()): OnnxGraph {
  const makers = findMakers(graph);
  const given = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()]);
  const sorted = sortNodes(graph, makers, new Set([...given, ...outer]));
  const inner = new Set([...outer, ...given, ...makers.keys()]);
  return { ...graph, nodes: sorted.map((node) => sortNested(node, inner)) };
}

function findMakers(graph: OnnxGraph): Map<string, OnnxNode> {
  const makers = new Map<string, OnnxNode>();
  const taken = new Set(graph.inputs.map(({ name }) => name));
  if (taken.size < graph.inputs.length) throw brokenModel("two inputs have the same name");
  for (const node of graph.nodes) {
    for (const name of node.outputs.filter((output) => output !== "")) {
      if (makers.has(name) || taken.has(name) || graph.initializers.has(name)) throw brokenModel(`two values have the name ${quote(name)}`);
      makers.set(name, node);
    }
  }
  return makers;
}

/** Depth first from the outputs, with a stack of our own: a graph may be a chain of thousands. */
function sortNodes(graph: OnnxGraph, makers: ReadonlyMap<string, OnnxNode>, known: ReadonlySet<string>): OnnxNode[] {
  const state = new Map<OnnxNode, "open" | "done">();
  const sorted: OnnxNode[] = [];
  const stack: OnnxNode[] = [];
  const resolve = (name: string, reader: string): OnnxNode | undefined => {
    const maker = makers.get(name);
    if (maker === undefined && !known.has(name)) throw brokenModel(`${reader} reads ${quote(name)}, which nothing makes`);
    return maker;
  };
  for (const { name } of graph.outputs) {
    const maker = resolve(name, "the output");
    if (maker !== undefined) stack.push(maker);
  }
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    const reader = `node ${quote(node.name === "" ? node.op : node.name)}`;
    const isOpen = state.get(node) === "open";
    const needs = state.has(node) ? [] : listReads(node).flatMap((name) => resolve(name, reader) ?? []);
    const waiting = needs.filter((need) => state.get(need) !== "done");
    if (waiting.some((need) => need === node || state.get(need) === "open")) throw brokenModel(`${reader} is part of a circle`);
    if (waiting.length > 0) {
      state.set(node, "open");
      // The first input first, which keeps a sorted file nearly as it is.
      stack.push(...waiting.toReversed());
      continue;
    }
    stack.pop();
    if (isOpen || !state.has(node)) sorted.push(node);
    state.set(node, "done");
  }
  return sorted;
}

/** Names that a node reads from its own graph, its nested graphs' included. */
export function listReads(node: OnnxNode): string[] {
  const nested = Array.from(node.attributes.values()).flatMap((attribute) => {
    return attribute.kind === "graph" ? listOuterReads(attribute.value) : [];
  });
  return [...node.inputs.filter((name) => name !== ""), ...nested];
}

function listOuterReads(graph: OnnxGraph): string[] {
  const own = new Set([
    ...graph.inputs.map(({ name }) => name), ...graph.initializers.keys(), ...graph.nodes.flatMap(({ outputs }) => outputs),
  ]);
  const reads = [...graph.nodes.flatMap(listReads), ...graph.outputs.map(({ name }) => name)];
  return reads.filter((name) => !own.has(name));
}

function sortNested(node: OnnxNode, outer: ReadonlySet<string>): OnnxNode {
  const attributes = Array.from(node.attributes, ([name, attribute]) => {
    return [name, attribute.kind === "graph" ? { kind: "graph", value: sortGraph(attribute.value, outer) } as const : attribute] as const;
  });
  return { ...node, attributes: new Map(attributes) };
}
