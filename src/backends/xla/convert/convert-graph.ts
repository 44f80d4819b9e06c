// Walks a graph in order: folds what is known on the host, emits the rest, and puts the program together.
import { TermiteError } from "../../../errors.ts";
import type { OnnxGraph, OnnxNode, OnnxTensor } from "../onnx/onnx-model.ts";
import { findOperator } from "../ops/table.ts";
import type { ProgramArgument } from "../program.ts";
import { resolveCarrier } from "./data-type.ts";
import { EmitContext, formatNode } from "./emit-context.ts";
import type { GraphEmitter } from "./emit-context.ts";
import type { ModelState } from "./model-state.ts";
import type { ModuleBuilder } from "./module-builder.ts";
import type { Operator } from "./operator.ts";
import { isTensor } from "./value.ts";
import type { DataValue, HostValue, TensorValue, Value } from "./value.ts";

/** Smaller weights are written into the program. */
const SMALL_BYTES = 64;
/** Loops in loops that are unrolled grow by their product. */
const MOST_NODES = 200_000;

/** Names that a graph sees, those of the graphs around it included. */
interface Scope {
  values: Map<string, Value>;
  makers: ReadonlyMap<string, OnnxNode>;
  parent: Scope | undefined;
}

export class GraphConverter implements GraphEmitter {
  readonly builder: ModuleBuilder;
  readonly #state: ModelState;
  readonly #arguments: ProgramArgument[] = [];
  readonly #weights = new Map<string, DataValue>();
  #scope: Scope = { values: new Map(), makers: new Map(), parent: undefined };
  #nodes = 0;

  constructor(builder: ModuleBuilder, state: ModelState) {
    this.builder = builder;
    this.#state = state;
  }

  get arguments(): readonly ProgramArgument[] {
    return this.#arguments;
  }

  /** The next argument of the program. */
  addInput(name: string, info: { type: TensorValue["type"]; dims: readonly number[] }): DataValue {
    this.#arguments.push({ kind: "input", name, type: resolveCarrier(info.type), dims: info.dims });
    return this.builder.argument(info.type, info.dims);
  }

  /** An argument that whoever runs the program has among its own weights. */
  addWeight(name: string, { type, dims }: { type: TensorValue["type"]; dims: readonly number[] }): DataValue {
    this.#arguments.push({ kind: "weight", name });
    return this.builder.argument(type, dims);
  }

  /** Emits the main graph. `inputs` by name. */
  convert(graph: OnnxGraph, inputs: ReadonlyMap<string, Value>): Map<string, Value> {
    const values = this.#walk(graph, inputs);
    return new Map(graph.outputs.map(({ name }, i) => [name, values[i] ?? fail(name)]));
  }

  emitGraph(graph: OnnxGraph, inputs: readonly Value[]): Value[] {
    return this.#walk(graph, new Map(graph.inputs.flatMap(({ name }, i) => {
      const value = inputs[i];
      return value === undefined ? [] : [[name, value] as const];
    })));
  }

  materialize(value: TensorValue): DataValue {
    if (value.kind === "data") return value;
    const { weight } = value;
    if (weight === undefined || value.bytes.length <= SMALL_BYTES) return this.builder.constant(value.type, value.dims, value.bytes);
    const known = this.#weights.get(weight);
    if (known !== undefined) return known;
    this.#state.use(weight, value);
    this.#arguments.push({ kind: "weight", name: weight });
    const argument = this.builder.argument(value.type, value.dims);
    this.#weights.set(weight, argument);
    return argument;
  }

  findRoots(name: string): string[] {
    const roots = new Set<string>();
    const seen = new Set<string>();
    const names = [name];
    for (let next = names.pop(); next !== undefined; next = names.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      const maker = findMaker(this.#scope, next);
      // A shape is known whatever the values are.
      if (maker === undefined) roots.add(next);
      else if (maker.op !== "Shape" && maker.op !== "Size") names.push(...listReads(maker));
    }
    return [...roots].filter((root) => findValue(this.#scope, root)?.kind === "data");
  }

  derive(name: string, create: () => HostValue): HostValue {
    return this.#state.derive(name, create);
  }

  #walk(graph: OnnxGraph, inputs: ReadonlyMap<string, Value>): Value[] {
    const outer = this.#scope;
    const isNested = outer.makers.size > 0 || outer.values.size > 0 || outer.parent !== undefined;
    const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
    this.#scope = { values: new Map(inputs), makers, parent: isNested ? outer : undefined };
    const { values } = this.#scope;
    try {
      for (const [name, tensor] of graph.initializers) if (!values.has(name)) values.set(name, createWeight(name, tensor));
      for (const node of graph.nodes) this.#emitNode(node, isNested);
      return graph.outputs.map(({ name }) => findValue(this.#scope, name) ?? fail(name));
    } finally {
      this.#scope = outer;
    }
  }

  #emitNode(node: OnnxNode, isNested: boolean): void {
    if (++this.#nodes > MOST_NODES) throw new TermiteError("unsupported_model", `Cannot convert the model: it grows to more than ${MOST_NODES} nodes`);
    const operator = findOperator(node) ?? failOperator(node);
    const inputs = node.inputs.map((name) => (name === "" ? undefined : (findValue(this.#scope, name) ?? fail(name))));
    const results = this.#evaluate(operator, node, { inputs, isNested });
    node.outputs.forEach((name, i) => {
      const value = results[i];
      if (name !== "" && value !== undefined) this.#scope.values.set(name, value);
    });
  }

  #evaluate(
    operator: Operator, node: OnnxNode, { inputs, isNested }: { inputs: readonly (Value | undefined)[]; isNested: boolean },
  ): readonly Value[] {
    const given = inputs.filter((value) => value !== undefined);
    const isHost = given.every(({ kind }) => kind === "host");
    // A nested graph may be emitted several times with other values under the same names.
    const isStatic = isHost && !isNested && given.every((value) => value.kind === "host" && value.weight !== undefined);
    try {
      const context = new EmitContext(node, inputs, this, isStatic);
      const folded = isHost ? this.#fold(operator, context) : undefined;
      return folded ?? operator.emit(context);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new TermiteError("unsupported_model", `Cannot convert the model: ${formatNode(node)}: ${error.message}`, { cause: error });
    }
  }

  /** What is folded from weights alone is a weight itself, computed once for the model. */
  #fold(operator: Operator, context: EmitContext): readonly HostValue[] | undefined {
    const { node, isStatic } = context;
    if (operator.fold === undefined) return undefined;
    if (!isStatic) return operator.fold(context);
    const known = node.outputs.map((name) => this.#state.findDerived(name));
    if (known.every((value) => value !== undefined)) return known;
    const results = operator.fold(context);
    if (results === undefined) return undefined;
    const fold = operator.fold.bind(operator);
    return results.map((result, i) => {
      let first: HostValue | undefined = result;
      return this.#state.derive(node.outputs[i] ?? "", () => {
        const value = first ?? fold(context)?.[i] ?? fail(node.outputs[i] ?? "");
        first = undefined;
        return value;
      });
    });
  }
}

/** Names that a node reads, those that its nested graphs take from around them included. */
function listReads({ inputs, attributes }: OnnxNode): string[] {
  const nested = Array.from(attributes.values()).flatMap((attribute) => {
    return attribute.kind === "graph" ? [...attribute.value.nodes.flatMap(listReads), ...attribute.value.outputs.map(({ name }) => name)] : [];
  });
  return [...inputs.filter((input) => input !== ""), ...nested];
}

/** Says which operators of a graph, nested ones included, have no row in the table. */
export function findUnsupported(graph: OnnxGraph): OnnxNode[] {
  return graph.nodes.flatMap((node) => {
    const nested = Array.from(node.attributes.values()).flatMap((attribute) => {
      return attribute.kind === "graph" ? findUnsupported(attribute.value) : [];
    });
    return findOperator(node) === undefined ? [node, ...nested] : nested;
  });
}

export const createWeight = (name: string, tensor: OnnxTensor): HostValue => ({
  kind: "host", type: tensor.type, dims: tensor.dims, weight: name, get bytes() { return tensor.bytes; },
});

function findValue(scope: Scope | undefined, name: string): Value | undefined {
  for (let at = scope; at !== undefined; at = at.parent) {
    const value = at.values.get(name);
    if (value !== undefined) return value;
  }
  return undefined;
}

function findMaker(scope: Scope | undefined, name: string): OnnxNode | undefined {
  for (let at = scope; at !== undefined; at = at.parent) {
    const maker = at.makers.get(name);
    if (maker !== undefined) return maker;
  }
  return undefined;
}

function fail(name: string): never {
  throw new TermiteError("unsupported_model", `Cannot convert the model: nothing gives the value ${JSON.stringify(name)}`);
}

function failOperator(node: OnnxNode): never {
  throw new TermiteError("unsupported_model", `Cannot convert the model: ${formatNode(node)} is not known`);
}

/** A tensor's elements; sequences and optionals one by one, as the program returns them. */
export function flattenValue(name: string, value: Value): { name: string; value: TensorValue }[] {
  if (isTensor(value)) return [{ name, value }];
  if (value.kind === "optional") return value.value === undefined ? [] : flattenValue(name, value.value);
  return value.items.flatMap((item, i) => flattenValue(`${name}:${i}`, item));
}

