// What an operator's emitter works with: its node's inputs as data or as host values, attributes with their defaults, the
// builder, and nested graphs.
import { TermiteError } from "../../../errors.ts";
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor } from "../onnx/onnx-model.ts";
import { countElements } from "./data-type.ts";
import type { DataType } from "./data-type.ts";
import { createNumbers, findNumberArray, readBigInts, readNumbers } from "./host-numbers.ts";
import type { ModuleBuilder } from "./module-builder.ts";
import { isTensor } from "./value.ts";
import type { DataValue, HostValue, TensorValue, Value } from "./value.ts";

/** What the context needs of whoever walks the graph. */
export interface GraphEmitter {
  readonly builder: ModuleBuilder;
  /** A host value as the program's own: a weight when it is one and large, else a constant. */
  materialize(value: TensorValue): DataValue;
  /** Emits a nested graph here; it sees the names around it. One value an output. */
  emitGraph(graph: OnnxGraph, inputs: readonly Value[]): Value[];
  /** Graph inputs that the value of this name is computed from. */
  findRoots(name: string): string[];
  derive(name: string, create: () => HostValue): HostValue;
}

/** Results of folding with more elements are emitted instead, unless they are computed once for a model. */
const MOST_FOLDED = 4096;

type AttributeOf<K extends OnnxAttribute["kind"]> = Extract<OnnxAttribute, { kind: K }>["value"];

export class EmitContext {
  readonly node: OnnxNode;
  readonly builder: ModuleBuilder;
  /** True when all inputs are the same for every program: what is folded from them is computed once and may be large. */
  readonly isStatic: boolean;
  readonly #inputs: readonly (Value | undefined)[];
  readonly #emitter: GraphEmitter;

  constructor(node: OnnxNode, inputs: readonly (Value | undefined)[], emitter: GraphEmitter, isStatic: boolean) {
    this.node = node;
    this.builder = emitter.builder;
    this.isStatic = isStatic;
    this.#inputs = inputs;
    this.#emitter = emitter;
  }

  get opset(): number {
    return this.node.opset;
  }

  /** Inputs that are written down, left-out ones among them. */
  get inputCount(): number {
    return this.#inputs.length;
  }

  /** Whether the input is given: trailing ones may be missing, others be left out by an empty name. */
  has(index: number): boolean {
    return this.#inputs[index] !== undefined;
  }

  /** Whether output `index` is read by anybody. */
  wants(index: number): boolean {
    return (this.node.outputs[index] ?? "") !== "";
  }

  value(index: number): Value {
    const value = this.#inputs[index];
    if (value === undefined) throw this.unsupported(`input ${index} is missing`);
    return value;
  }

  /** Host or data: for what only asks for type and dims, or works on both. */
  tensor(index: number): TensorValue {
    const value = this.value(index);
    if (!isTensor(value)) throw this.unsupported(`input ${index} is a ${value.kind}, need a tensor`);
    return value;
  }

  type(index: number): DataType {
    return this.tensor(index).type;
  }

  dims(index: number): readonly number[] {
    return this.tensor(index).dims;
  }

  /** As an operand of StableHLO, wherever it comes from. */
  data(index: number): DataValue {
    return this.#emitter.materialize(this.tensor(index));
  }

  /** As an operand of a product: a float32 weight is converted once for the model when a lower precision was asked for. */
  factor(index: number): DataValue {
    const value = this.tensor(index);
    const { productType } = this.builder;
    if (value.kind !== "host" || value.weight === undefined || value.type !== "f32" || productType === "f32") return this.data(index);
    const numbers = value;
    return this.#emitter.materialize(this.#emitter.derive(`${value.weight}:${productType}`, () => {
      const floats = findNumberArray(numbers);
      return createNumbers(productType, numbers.dims, (i) => floats?.[i] ?? 0);
    }));
  }

  /** Every input from `first` on that is given. */
  allData(first = 0): DataValue[] {
    return this.#inputs.slice(first).flatMap((value, i) => (value === undefined ? [] : [this.data(first + i)]));
  }

  /** `undefined` when it is left out. */
  findData(index: number): DataValue | undefined {
    return this.has(index) ? this.data(index) : undefined;
  }

  /** `undefined` when it is left out or known only at run time. */
  findHost(index: number): HostValue | undefined {
    const value = this.#inputs[index];
    return value?.kind === "host" ? value : undefined;
  }

  /** A value that decides about shapes. Throws `unsupported_model` when it is computed from data. */
  host(index: number): HostValue {
    const value = this.tensor(index);
    if (value.kind === "host") return value;
    const { node } = this;
    throw new TermiteError("unsupported_model", `Cannot convert the model: ${this.#words(`input ${index} needs to be constant`)}`, {
      details: { op: node.op, constants: this.#emitter.findRoots(node.inputs[index] ?? "") },
    });
  }

  hostInts(index: number): number[] {
    return readBigInts(this.host(index)).map(Number);
  }

  hostFloats(index: number): number[] {
    return readNumbers(this.host(index));
  }

  /** The integers of input `index`, else of the attribute, else `undefined`: for what moved from attribute to input. */
  findInts(index: number, attribute: string): number[] | undefined {
    if (this.has(index)) return this.hostInts(index);
    return this.findAttribute(attribute, "ints")?.map(Number);
  }

  findAttribute<K extends OnnxAttribute["kind"]>(name: string, kind: K): AttributeOf<K> | undefined;
  findAttribute(name: string, kind: string): unknown {
    const attribute = this.node.attributes.get(name);
    if (attribute === undefined) return undefined;
    if (attribute.kind !== kind) throw this.unsupported(`attribute "${name}" is ${attribute.kind}, need ${kind}`);
    return attribute.value;
  }

  int(name: string, fallback?: number): number {
    return Number(this.findAttribute(name, "int") ?? this.#fallback(name, fallback));
  }

  float(name: string, fallback?: number): number {
    return this.findAttribute(name, "float") ?? this.#fallback(name, fallback);
  }

  string(name: string, fallback?: string): string {
    return this.findAttribute(name, "string") ?? this.#fallback(name, fallback);
  }

  ints(name: string, fallback?: readonly number[]): readonly number[] {
    return this.findAttribute(name, "ints")?.map(Number) ?? this.#fallback(name, fallback);
  }

  floats(name: string, fallback?: readonly number[]): readonly number[] {
    return this.findAttribute(name, "floats") ?? this.#fallback(name, fallback);
  }

  attributeTensor(name: string): OnnxTensor {
    return this.findAttribute(name, "tensor") ?? this.#fallback<OnnxTensor>(name, undefined);
  }

  graph(name: string): OnnxGraph {
    return this.findAttribute(name, "graph") ?? this.#fallback<OnnxGraph>(name, undefined);
  }

  emitGraph(graph: OnnxGraph, inputs: readonly Value[] = []): Value[] {
    return this.#emitter.emitGraph(graph, inputs);
  }

  /** Host values become weights or constants. */
  materialize(value: TensorValue): DataValue {
    return this.#emitter.materialize(value);
  }

  /**
   * A host value made of weights only (a dequantized matrix): computed once for the model, one device copy for all shapes.
   * `what` tells it apart from others of this node.
   */
  derive(what: string, create: () => HostValue): HostValue {
    return this.#emitter.derive(`${this.node.outputs[0]}:${what}`, create);
  }

  /** Whether a folded result of these dims may be made on the host. */
  fits(dims: readonly number[]): boolean {
    return countElements(dims) <= (this.isStatic ? 2 ** 31 : MOST_FOLDED);
  }


  /** To be thrown: names operator, opset and node. `found` ends the sentence. */
  unsupported(found: string): TermiteError {
    return new TermiteError("unsupported_model", `Cannot convert the model: ${this.#words(found)}`, { details: { op: this.node.op } });
  }

  #words(found: string): string {
    return `${formatNode(this.node)}: ${found}`;
  }

  #fallback<T>(name: string, fallback: T | undefined): T {
    if (fallback === undefined) throw this.unsupported(`attribute "${name}" is missing`);
    return fallback;
  }
}

/** `operator "Softmax" of opset 13 (node "/encoder/Softmax")` */
export function formatNode({ domain, op, opset, name }: OnnxNode): string {
  const operator = domain === "" ? op : `${domain}.${op}`;
  return `operator "${operator}" of opset ${opset}${name === "" ? "" : ` (node ${JSON.stringify(name)})`}`;
}
