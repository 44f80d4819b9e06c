// Writes one StableHLO module as MLIR text, in forms that PJRT 0.81, 0.106 and 0.115 read alike, and knows type and dims of
// every value that it makes. Knows nothing of ONNX. More operations: dot.ts, indexing.ts,
// windows.ts, control.ts.
import type { Precision } from "../../../target.ts";
import type { ProgramOutput } from "../program.ts";
import { countElements, resolveCarrier } from "./data-type.ts";
import type { DataType } from "./data-type.ts";
import { isSame, resolveCommonDims } from "./dims.ts";
import { comparisonOf, formatDense, formatList, formatNumber, formatType, formatTypes, typeOf } from "./mlir-text.ts";
import type { Shaped } from "./mlir-text.ts";
import type { DataValue, HostValue } from "./value.ts";
import type { BinaryOp, ChloOp, Direction, UnaryOp } from "./operation-names.ts";
import { checkValueSize } from "./value-size.ts";

interface Argument {
  id: string;
  type: DataType;
  dims: readonly number[];
}

/** Types of a region's block arguments, or of an operation's results. */
export type BlockTypes = readonly Shaped[];

export class ModuleBuilder {
  /** Of dots and convolutions that do not say one. */
  readonly precision: "DEFAULT" | "HIGH" | "HIGHEST";
  /** Type that float32 operands of dots are converted to; sums stay float32. */
  readonly productType: "f32" | "bf16" | "f16";
  readonly #arguments: Argument[] = [];
  /** Constants stand before everything else, so that regions and what follows them can share them. */
  readonly #constants: string[] = [];
  readonly #constantIds = new Map<string, DataValue>();
  #lines: string[] = [];
  #count = 0;
  #operations = 0;

  constructor(precision: Precision = "f32") {
    this.precision = precision === "f32" ? "HIGHEST" : "DEFAULT";
    this.productType = precision === "bf16" || precision === "f16" ? precision : "f32";
  }

  /** Operations on data so far: everything but arguments and constants. */
  get operations(): number {
    return this.#operations;
  }

  /** The next argument of `@main`. */
  argument(type: DataType, dims: readonly number[]): DataValue {
    const id = `%arg${this.#arguments.length}`;
    this.#arguments.push({ id, type, dims });
    return { kind: "data", type, dims, id };
  }

  /** The whole module, once. `outputs` are what `@main` returns, in order. */
  finish(outputs: readonly DataValue[]): { text: string; outputs: Omit<ProgramOutput, "name">[] } {
    const parameters = this.#arguments.map(({ id, type, dims }) => `${id}: ${formatType(type, dims)}`).join(", ");
    const types = outputs.map(({ type, dims }) => formatType(type, dims)).join(", ");
    const ids = outputs.map(({ id }) => id).join(", ");
    const body = [...this.#constants, ...this.#lines, `return ${ids} : ${types}`].map((line) => `    ${line}`).join("\n");
    const text = `module @model {\n  func.func public @main(${parameters}) -> (${types}) {\n${body}\n  }\n}\n`;
    // Derived weights keep the builder that they were found with reachable: its text is not.
    this.#lines = [];
    this.#constants.length = 0;
    this.#constantIds.clear();
    return { text, outputs: outputs.map(({ type, dims }) => ({ type: resolveCarrier(type), dims })) };
  }

  /**
   * One operation with one result: `text` is what stands behind "=". The door for forms that have no method here.
   */
  emit(text: string, type: DataType, dims: readonly number[]): DataValue {
    checkValueSize(type, dims);
    const id = `%${this.#count++}`;
    this.#lines.push(`${id} = ${text}`);
    this.#operations++;
    return { kind: "data", type, dims, id };
  }

  /** One operation with several results. */
  emitMany(text: string, types: BlockTypes): DataValue[] {
    if (types.length === 1) return types.map(({ type, dims }) => this.emit(text, type, dims));
    for (const { type, dims } of types) checkValueSize(type, dims);
    const id = `%${this.#count++}`;
    this.#lines.push(`${id}:${types.length} = ${text}`);
    this.#operations++;
    return types.map(({ type, dims }, i) => ({ kind: "data", type, dims, id: `${id}#${i}` }));
  }

  /** A region in braces with one block; what `body` emits goes into it, constants do not. */
  region(types: BlockTypes, body: (values: DataValue[]) => readonly DataValue[]): string {
    const outer = this.#lines;
    this.#lines = [];
    const block = types.map(({ type, dims }): DataValue => ({ kind: "data", type, dims, id: `%${this.#count++}` }));
    const results = body(block);
    const head = block.map(({ id, type, dims }) => `${id}: ${formatType(type, dims)}`).join(", ");
    const end = `stablehlo.return ${results.map(({ id }) => id).join(", ")} : ${formatTypes(results)}`;
    const lines = [...(block.length === 0 ? [] : [`^bb0(${head}):`]), ...this.#lines, end];
    this.#lines = outer;
    return `{\n${lines.join("\n")}\n}`;
  }

  constant(type: DataType, dims: readonly number[], bytes: Uint8Array): DataValue {
    return this.#constant(type, dims, formatDense(type, dims, bytes));
  }

  /** Every element is `value`. */
  splat(type: DataType, dims: readonly number[], value: number | bigint): DataValue {
    return this.#constant(type, dims, countElements(dims) === 0 ? "dense<>" : `dense<${formatNumber(type, value)}>`);
  }

  scalar(type: DataType, value: number | bigint): DataValue {
    return this.splat(type, [], value);
  }

  host({ type, dims, bytes }: HostValue): DataValue {
    return this.constant(type, dims, bytes);
  }

  unary(op: UnaryOp, x: DataValue): DataValue {
    return this.emit(`stablehlo.${op} ${x.id} : ${typeOf(x)}`, x.type, x.dims);
  }

  chlo(op: ChloOp, x: DataValue): DataValue {
    return this.emit(`chlo.${op} ${x.id} : ${typeOf(x)} -> ${typeOf(x)}`, x.type, x.dims);
  }

  /** Operands of one type and shape. */
  binary(op: BinaryOp, a: DataValue, b: DataValue): DataValue {
    return this.emit(`stablehlo.${op} ${a.id}, ${b.id} : ${typeOf(a)}`, a.type, a.dims);
  }

  /** Operands of one type, each stretched to their common shape as numpy does. */
  combine(op: BinaryOp, a: DataValue, b: DataValue): DataValue {
    return this.binary(op, ...this.stretch(a, b));
  }

  compare(direction: Direction, a: DataValue, b: DataValue): DataValue {
    const [x, y] = this.stretch(a, b);
    const types = `(${typeOf(x)}, ${typeOf(y)}) -> ${formatType("i1", x.dims)}`;
    return this.emit(`stablehlo.compare ${direction}, ${x.id}, ${y.id}, ${comparisonOf(a.type)} : ${types}`, "i1", x.dims);
  }

  /** Elements of `a` where `predicate`, else of `b`; all three stretched to their common shape. */
  select(predicate: DataValue, a: DataValue, b: DataValue): DataValue {
    const dims = resolveCommonDims([predicate.dims, a.dims, b.dims]);
    const [p, x, y] = [predicate, a, b].map((value) => this.broadcastTo(value, dims).id);
    return this.emit(`stablehlo.select ${p}, ${x}, ${y} : ${formatType("i1", dims)}, ${formatType(a.type, dims)}`, a.type, dims);
  }

  /** A value of another type; the bits of what is carried in a byte are not interpreted. */
  convert(x: DataValue, type: DataType): DataValue {
    if (resolveCarrier(type) === resolveCarrier(x.type)) return { ...x, type };
    return this.emit(`stablehlo.convert ${x.id} : (${typeOf(x)}) -> ${formatType(type, x.dims)}`, type, x.dims);
  }

  /** The same bits as another type of the same size. */
  bitcast(x: DataValue, type: DataType): DataValue {
    return this.emit(`stablehlo.bitcast_convert ${x.id} : (${typeOf(x)}) -> ${formatType(type, x.dims)}`, type, x.dims);
  }

  /** Both stretched to their common shape. Throws `RangeError` where there is none. */
  stretch(a: DataValue, b: DataValue): [DataValue, DataValue] {
    const dims = resolveCommonDims([a.dims, b.dims]);
    return [this.broadcastTo(a, dims), this.broadcastTo(b, dims)];
  }

  /** As numpy does: dims of 1 are repeated, missing ones are added in front. */
  broadcastTo(x: DataValue, dims: readonly number[]): DataValue {
    const offset = dims.length - x.dims.length;
    return this.broadcast(x, dims, x.dims.map((_, i) => i + offset));
  }

  /** Dimension i of `x` becomes dimension `mapping[i]` of the result; those of 1 are repeated. */
  broadcast(x: DataValue, dims: readonly number[], mapping: readonly number[]): DataValue {
    if (isSame(x.dims, dims)) return x;
    const types = `(${typeOf(x)}) -> ${formatType(x.type, dims)}`;
    return this.emit(`stablehlo.broadcast_in_dim ${x.id}, dims = ${formatList(mapping)} : ${types}`, x.type, dims);
  }

  reshape(x: DataValue, dims: readonly number[]): DataValue {
    if (isSame(x.dims, dims)) return x;
    return this.emit(`stablehlo.reshape ${x.id} : (${typeOf(x)}) -> ${formatType(x.type, dims)}`, x.type, dims);
  }

  transpose(x: DataValue, permutation: readonly number[]): DataValue {
    if (permutation.every((axis, i) => axis === i)) return x;
    const dims = permutation.map((axis) => x.dims[axis] ?? 0);
    const types = `(${typeOf(x)}) -> ${formatType(x.type, dims)}`;
    return this.emit(`stablehlo.transpose ${x.id}, dims = ${formatList(permutation)} : ${types}`, x.type, dims);
  }

  /** Limits are exclusive, strides positive. */
  slice(x: DataValue, starts: readonly number[], limits: readonly number[], strides?: readonly number[]): DataValue {
    const steps = strides ?? starts.map(() => 1);
    const dims = starts.map((start, i) => Math.max(0, Math.ceil(((limits[i] ?? 0) - start) / (steps[i] ?? 1))));
    const isWhole = isSame(dims, x.dims) && steps.every((step) => step === 1);
    if (isWhole) return x;
    const ranges = starts.map((start, i) => `${start}:${limits[i]}:${steps[i]}`).join(", ");
    return this.emit(`stablehlo.slice ${x.id} [${ranges}] : (${typeOf(x)}) -> ${formatType(x.type, dims)}`, x.type, dims);
  }

  /** Part of one dimension. */
  sliceAxis(x: DataValue, axis: number, start: number, limit: number): DataValue {
    const limits = x.dims.map((dim, i) => (i === axis ? limit : dim));
    return this.slice(x, x.dims.map((_, i) => (i === axis ? start : 0)), limits);
  }

  /** Negative `low` and `high` cut off. */
  pad(
    x: DataValue, value: DataValue,
    { low, high, interior }: { low: readonly number[]; high: readonly number[]; interior?: readonly number[] },
  ): DataValue {
    const inner = interior ?? low.map(() => 0);
    const dims = x.dims.map((dim, i) => {
      return (low[i] ?? 0) + dim + Math.max(dim - 1, 0) * (inner[i] ?? 0) + (high[i] ?? 0);
    });
    const edges = `low = ${formatList(low)}, high = ${formatList(high)}, interior = ${formatList(inner)}`;
    const types = `(${typeOf(x)}, ${typeOf(value)}) -> ${formatType(x.type, dims)}`;
    return this.emit(`stablehlo.pad ${x.id}, ${value.id}, ${edges} : ${types}`, x.type, dims);
  }

  concatenate(values: readonly DataValue[], axis: number): DataValue {
    const [first] = values;
    if (first === undefined) throw new RangeError("Cannot concatenate: found no tensor");
    if (values.length === 1) return first;
    const length = values.reduce((sum, { dims }) => sum + (dims[axis] ?? 0), 0);
    const dims = first.dims.map((dim, i) => (i === axis ? length : dim));
    const types = `(${formatTypes(values)}) -> ${formatType(first.type, dims)}`;
    const ids = values.map(({ id }) => id).join(", ");
    return this.emit(`stablehlo.concatenate ${ids}, dim = ${axis} : ${types}`, first.type, dims);
  }

  reverse(x: DataValue, axes: readonly number[]): DataValue {
    return this.emit(`stablehlo.reverse ${x.id}, dims = ${formatList(axes)} : ${typeOf(x)}`, x.type, x.dims);
  }

  /** 0, 1, 2, … along `axis`. */
  iota(type: DataType, dims: readonly number[], axis: number): DataValue {
    return this.emit(`stablehlo.iota dim = ${axis} : ${formatType(type, dims)}`, type, dims);
  }

  /** What a dot takes for `x` under the precision that was asked for. */
  lower(x: DataValue): DataValue {
    return x.type === "f32" ? this.convert(x, this.productType) : x;
  }

  /** `axes` go away. `init` is a scalar: the neutral element of `op`. */
  reduce(op: "add" | "multiply" | "maximum" | "minimum" | "and" | "or", x: DataValue, init: DataValue, axes: readonly number[]): DataValue {
    if (axes.length === 0) return x;
    const dims = x.dims.filter((_, i) => !axes.includes(i));
    const text = `stablehlo.reduce(${x.id} init: ${init.id}) applies stablehlo.${op} across dimensions = ${formatList(axes)}`;
    return this.emit(`${text} : (${typeOf(x)}, ${typeOf(init)}) -> ${formatType(x.type, dims)}`, x.type, dims);
  }

  /** Text constants are shared: programs have hundreds of equal ones. */
  #constant(type: DataType, dims: readonly number[], literal: string): DataValue {
    checkValueSize(type, dims);
    const key = `stablehlo.constant ${literal} : ${formatType(type, dims)}`;
    const known = this.#constantIds.get(key);
    if (known !== undefined) return { ...known, type };
    const value: DataValue = { kind: "data", type, dims, id: `%c${this.#constantIds.size}` };
    this.#constantIds.set(key, value);
    this.#constants.push(`${value.id} = ${key}`);
    return value;
  }
}
