// Comparisons, logic on booleans, and the choice between two tensors.
import type { EmitContext } from "../convert/emit-context.ts";
import { createBooleans, foldBinary, foldCompare, foldUnary } from "../convert/fold-elements.ts";
import { resolveCommonDims } from "../convert/dims.ts";
import { broadcastHost, pickElements } from "../convert/host-moves.ts";
import type { BinaryOp, Direction } from "../convert/operation-names.ts";
import type { Operator } from "../convert/operator.ts";
import { createHost } from "../convert/value.ts";
import type { DataValue, HostValue } from "../convert/value.ts";

type Compare = (a: number | bigint, b: number | bigint) => boolean;

const compare = (op: string, direction: Direction, isTrue: Compare): Operator => ({
  op, since: 7,
  emit: (context) => [context.builder.compare(direction, context.data(0), context.data(1))],
  fold(context) {
    const result = foldCompare(context, context.host(0), context.host(1), isTrue);
    return result && [result];
  },
});

const logic = (op: string, name: BinaryOp, number: (a: number, b: number) => number): Operator => ({
  op, since: 7,
  emit: (context) => [context.builder.combine(name, context.data(0), context.data(1))],
  fold(context) {
    const result = foldBinary(context, context.host(0), context.host(1), { number });
    return result && [result];
  },
});

/** Elements of the second input where the first is true, else of the third. */
function foldWhere(context: EmitContext): HostValue[] | undefined {
  const [condition, a, b] = [context.host(0), context.host(1), context.host(2)];
  const dims = resolveCommonDims([condition.dims, a.dims, b.dims]);
  if (!context.fits(dims) || a.type === "string") return undefined;
  const [choices, x, y] = [condition, a, b].map((value) => broadcastHost(value, dims));
  if (choices === undefined || x === undefined || y === undefined) return undefined;
  const count = choices.bytes.length;
  // Both behind one another, so that a choice is an index.
  const both = createHost(a.type, [2 * count], Buffer.concat([x.bytes, y.bytes]));
  return [pickElements(both, dims, (i) => (choices.bytes[i] === 0 ? i + count : i))];
}

function foldNot(context: EmitContext): HostValue[] | undefined {
  const result = foldUnary(context, context.host(0), { number: (a) => 1 - a });
  return result && [result];
}

function foldIsNaN(context: EmitContext): HostValue[] | undefined {
  const { dims } = context.host(0);
  if (!context.fits(dims)) return undefined;
  const numbers = context.hostFloats(0);
  return [createBooleans(dims, (i) => Number.isNaN(numbers[i]))];
}

function emitIsInf(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const isPositive = builder.compare("EQ", x, builder.scalar(x.type, Infinity));
  const isNegative = builder.compare("EQ", x, builder.scalar(x.type, -Infinity));
  if (context.int("detect_negative", 1) === 0) {
    return [context.int("detect_positive", 1) === 0 ? builder.splat("i1", x.dims, 0) : isPositive];
  }
  return [context.int("detect_positive", 1) === 0 ? isNegative : builder.binary("or", isPositive, isNegative)];
}

export const COMPARISON: readonly Operator[] = [
  compare("Equal", "EQ", (a, b) => a === b),
  compare("Greater", "GT", (a, b) => a > b),
  compare("GreaterOrEqual", "GE", (a, b) => a >= b),
  compare("Less", "LT", (a, b) => a < b),
  compare("LessOrEqual", "LE", (a, b) => a <= b),
  logic("And", "and", (a, b) => a & b),
  logic("Or", "or", (a, b) => a | b),
  logic("Xor", "xor", (a, b) => a ^ b),
  { op: "Not", since: 7, emit: (context) => [context.builder.unary("not", context.data(0))], fold: foldNot },
  {
    op: "Where", since: 9, fold: foldWhere,
    emit: (context) => [context.builder.select(context.data(0), context.data(1), context.data(2))],
  },
  {
    op: "IsNaN", since: 9, fold: foldIsNaN,
    emit: (context) => [context.builder.compare("NE", context.data(0), context.data(0))],
  },
  { op: "IsInf", since: 10, emit: emitIsInf },
];
