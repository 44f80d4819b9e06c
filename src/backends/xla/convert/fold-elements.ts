// Elementwise arithmetic on host values: exact for integers of any size, rounded to the element type for floats.
import { countElements, elementBytes, isInteger } from "./data-type.ts";
import type { DataType } from "./data-type.ts";
import { resolveCommonDims, isSame } from "./dims.ts";
import type { EmitContext } from "./emit-context.ts";
import { broadcastHost } from "./host-moves.ts";
import { createBigInts, createNumbers, findBigArray, findNumberArray, isBig, readNumbers } from "./host-numbers.ts";
import type { BigArray, NumberArray } from "./host-numbers.ts";
import { planRuns, stretchStrides } from "./host-runs.ts";
import type { Runs } from "./host-runs.ts";
import { createHost } from "./value.ts";
import type { HostValue } from "./value.ts";

/** One function for numbers, one for 64-bit integers; without the one that a type needs nothing is folded. */
export interface Arithmetic {
  number?: (a: number, b: number) => number;
  /** Instead of `number` for integers of 32 bits and less. */
  integer?: (a: number, b: number) => number;
  big?: (a: bigint, b: bigint) => bigint;
}

export interface UnaryArithmetic {
  number?: (a: number) => number;
  big?: (a: bigint) => bigint;
}

/** Both inputs of one type, stretched. `undefined` when it cannot be done here. */
export function foldBinary(context: EmitContext, a: HostValue, b: HostValue, arithmetic: Arithmetic): HostValue | undefined {
  const dims = resolveCommonDims([a.dims, b.dims]);
  if (a.type !== b.type || !context.fits(dims)) return undefined;
  const number = isInteger(a.type) ? (arithmetic.integer ?? arithmetic.number) : arithmetic.number;
  const { big } = arithmetic;
  const runs = planRuns(dims, [stretchStrides(a.dims, dims), stretchStrides(b.dims, dims)]);
  const bytes = new Uint8Array(countElements(dims) * elementBytes(a.type));
  const result = { type: a.type, bytes };
  const [x, y, to] = [findNumberArray(a), findNumberArray(b), findNumberArray(result)];
  const [p, q, out] = [findBigArray(a), findBigArray(b), findBigArray(result)];
  if (number && x && y && to) combineRuns(runs, { x, y, to, combine: number });
  else if (big && p && q && out) combineBigRuns(runs, { x: p, y: q, to: out, combine: big });
  else return undefined;
  return createHost(a.type, dims, bytes);
}

interface Combination<A, T> {
  x: A;
  y: A;
  to: A;
  combine: (a: T, b: T) => T;
}

function combineRuns({ length, steps: [p = 1, q = 1], forEach }: Runs, { x, y, to, combine }: Combination<NumberArray, number>): void {
  forEach((begin, [a = 0, b = 0]) => {
    for (let i = 0; i < length; i++) to[begin + i] = combine(x[a + i * p] ?? 0, y[b + i * q] ?? 0);
  });
}

function combineBigRuns({ length, steps: [p = 1, q = 1], forEach }: Runs, { x, y, to, combine }: Combination<BigArray, bigint>): void {
  forEach((begin, [a = 0, b = 0]) => {
    for (let i = 0; i < length; i++) to[begin + i] = combine(x[a + i * p] ?? 0n, y[b + i * q] ?? 0n);
  });
}

export function foldUnary(context: EmitContext, value: HostValue, { number, big }: UnaryArithmetic): HostValue | undefined {
  const { type, dims } = value;
  if (!context.fits(dims)) return undefined;
  if (isBig(type)) {
    const elements = findBigArray(value);
    return big && elements ? createBigInts(type, dims, (i) => big(elements[i] ?? 0n)) : undefined;
  }
  const elements = findNumberArray(value);
  return number && elements ? createNumbers(type, dims, (i) => number(elements[i] ?? 0)) : undefined;
}

/** To booleans. */
export function foldCompare(
  context: EmitContext, a: HostValue, b: HostValue, isTrue: (a: number | bigint, b: number | bigint) => boolean,
): HostValue | undefined {
  const dims = resolveCommonDims([a.dims, b.dims]);
  if (a.type !== b.type || !context.fits(dims)) return undefined;
  const [x, y] = [stretch(a, dims), stretch(b, dims)];
  const [p, q] = [findBigArray(x) ?? findNumberArray(x), findBigArray(y) ?? findNumberArray(y)];
  if (!p || !q) return undefined;
  return createBooleans(dims, (i) => isTrue(p[i] ?? 0, q[i] ?? 0));
}

export function createBooleans(dims: readonly number[], isTrue: (i: number) => boolean): HostValue {
  const bytes = new Uint8Array(countElements(dims));
  for (let i = 0; i < bytes.length; i++) bytes[i] = isTrue(i) ? 1 : 0;
  return createHost("i1", dims, bytes);
}

/** Types that are rounded, cut or wrapped as their array does it. */
const CASTABLE: ReadonlySet<DataType> = new Set(["i8", "i16", "i32", "ui8", "ui16", "ui32", "f16", "f32", "f64"]);

/** Between types that JavaScript has arrays for; floats are cut to whole numbers, integers wrap. */
export function foldCast(context: EmitContext, value: HostValue, type: DataType): HostValue | undefined {
  const { dims } = value;
  if (type === value.type) return value;
  if (!context.fits(dims)) return undefined;
  const big = findBigArray(value);
  const numbers = value.type === "bf16" ? Float32Array.from(readNumbers(value)) : findNumberArray(value);
  const elements = big ?? numbers;
  if (elements === undefined) return undefined;
  if (type === "i1") return createBooleans(dims, (i) => Number(elements[i] ?? 0) !== 0);
  if (isBig(type)) return castToBig({ big, numbers }, type, dims);
  if (!CASTABLE.has(type)) return undefined;
  if (big === undefined) return numbers && convertNumbers(numbers, type, dims);
  // Past 53 bits a double would round before the integer type wraps.
  const read = type.startsWith("f") ? Number : (element: bigint) => Number(BigInt.asIntN(32, element));
  return createNumbers(type, dims, (i) => read(big[i] ?? 0n));
}

/** The array's own conversion: rounds floats, cuts and wraps integers. */
function convertNumbers(numbers: NumberArray, type: DataType, dims: readonly number[]): HostValue {
  const bytes = new Uint8Array(numbers.length * elementBytes(type));
  findNumberArray({ type, bytes })?.set(numbers);
  return createHost(type, dims, bytes);
}

function castToBig(
  { big, numbers }: { big: ReturnType<typeof findBigArray>; numbers: ReturnType<typeof findNumberArray> },
  type: "i64" | "ui64", dims: readonly number[],
): HostValue | undefined {
  if (big) return createBigInts(type, dims, (i) => big[i] ?? 0n);
  // NaN and infinity have no integer: the device says what it makes of them.
  if (numbers === undefined || !numbers.every(Number.isFinite)) return undefined;
  return createBigInts(type, dims, (i) => BigInt(Math.trunc(numbers[i] ?? 0)));
}

const stretch = (value: HostValue, dims: readonly number[]): HostValue =>
  isSame(value.dims, dims) ? value : broadcastHost(value, dims);
