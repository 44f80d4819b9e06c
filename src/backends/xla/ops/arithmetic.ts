// Elementwise operators of two or more numeric tensors, stretched as numpy does.
import { isFloat, isInteger, isUnsigned } from "../convert/data-type.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { foldBinary } from "../convert/fold-elements.ts";
import type { Arithmetic } from "../convert/fold-elements.ts";
import type { BinaryOp } from "../convert/operation-names.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue, HostValue } from "../convert/value.ts";

type Combine = (context: EmitContext, a: DataValue, b: DataValue) => DataValue;

const simple = (op: BinaryOp): Combine => ({ builder }, a, b) => builder.combine(op, a, b);

const ADD: Arithmetic = { number: (a, b) => a + b, big: (a, b) => a + b };
const SUBTRACT: Arithmetic = { number: (a, b) => a - b, big: (a, b) => a - b };
/** `Math.imul` is exact where a double would round. */
const MULTIPLY: Arithmetic = { number: (a, b) => a * b, integer: Math.imul, big: (a, b) => a * b };
const MAXIMUM: Arithmetic = { number: Math.max, big: (a, b) => (a > b ? a : b) };
const MINIMUM: Arithmetic = { number: Math.min, big: (a, b) => (a < b ? a : b) };

/** All of them, pair by pair. */
function emitAll(context: EmitContext, combine: Combine): DataValue {
  return context.allData().reduce((a, b) => combine(context, a, b));
}

function foldAll(context: EmitContext, arithmetic: Arithmetic): HostValue[] | undefined {
  const values = Array.from({ length: context.inputCount }, (_, i) => context.host(i));
  const [first, ...rest] = values;
  const result = rest.reduce((a, b) => a && foldBinary(context, a, b, arithmetic), first);
  return result && [result];
}

const row = (op: string, combine: Combine, arithmetic?: Arithmetic): Operator => ({
  op, since: 7,
  emit: (context) => [emitAll(context, combine)],
  ...(arithmetic === undefined ? {} : { fold: (context) => foldAll(context, arithmetic) }),
});

/** Integers are divided towards zero. */
function foldDivide(context: EmitContext): HostValue[] | undefined {
  const [a, b] = [context.host(0), context.host(1)];
  const hasZero = isInteger(b.type) && context.hostInts(1).includes(0);
  if (hasZero) return undefined;
  const number = isFloat(a.type) ? (x: number, y: number) => x / y : (x: number, y: number) => Math.trunc(x / y);
  const result = foldBinary(context, a, b, { number, big: (x, y) => x / y });
  return result && [result];
}

/** `fmod: 0` has the sign of the divisor, as Python's `%`; `fmod: 1` that of the dividend, as C's. */
function emitMod(context: EmitContext): DataValue {
  const { builder } = context;
  const [a, b] = builder.stretch(context.data(0), context.data(1));
  const rest = builder.binary("remainder", a, b);
  if (context.int("fmod", 0) === 1 || isUnsigned(a.type)) return rest;
  const zero = builder.scalar(a.type, 0);
  const isOther = builder.compare("NE", builder.compare("LT", rest, zero), builder.compare("LT", b, zero));
  const isMoved = builder.binary("and", builder.compare("NE", rest, zero), isOther);
  const moved = builder.select(isMoved, builder.binary("add", rest, b), rest);
  if (!isFloat(a.type)) return moved;
  // A remainder of zero has the divisor's sign too.
  const signed = builder.binary("multiply", builder.unary("sign", b), builder.splat(a.type, a.dims, 0));
  return builder.select(builder.compare("EQ", moved, zero), signed, moved);
}

const floorMod = (a: number, b: number): number => ((a % b) + b) % b;
const floorModBig = (a: bigint, b: bigint): bigint => ((a % b) + b) % b;

function foldMod(context: EmitContext): HostValue[] | undefined {
  if (isFloat(context.type(0)) || context.hostInts(1).includes(0)) return undefined;
  const isC = context.int("fmod", 0) === 1;
  const arithmetic: Arithmetic = isC
    ? { number: (a, b) => a % b, big: (a, b) => a % b }
    : { number: floorMod, big: floorModBig };
  const result = foldBinary(context, context.host(0), context.host(1), arithmetic);
  return result && [result];
}

/** The exponent may be of another type; small whole constant powers are products, which is what engines compute. */
function emitPow(context: EmitContext): DataValue {
  const { builder } = context;
  const base = context.data(0);
  const constant = context.findHost(1);
  const [exponent, ...others] = constant === undefined ? [] : context.hostFloats(1);
  const isScalar = others.length === 0 && (constant?.dims.length ?? 1) <= base.dims.length;
  if (isFloat(base.type) && isScalar && exponent === 2) return builder.binary("multiply", base, base);
  if (isFloat(base.type) && isScalar && exponent === 0.5) return builder.unary("sqrt", base);
  const power = context.data(1);
  if (base.type === power.type) return builder.combine("power", base, power);
  // An integer to a broken or negative power is computed as a float and cut.
  if (isInteger(base.type) && isFloat(power.type)) {
    return builder.convert(builder.combine("power", builder.convert(base, power.type), power), base.type);
  }
  return builder.combine("power", base, builder.convert(power, base.type));
}

/** The sum divided by the number of tensors. */
function emitMean(context: EmitContext): DataValue {
  const sum = emitAll(context, simple("add"));
  return context.builder.combine("divide", sum, context.builder.scalar(sum.type, context.inputCount));
}

function emitBitShift(context: EmitContext): DataValue {
  const right = isUnsigned(context.type(0)) ? "shift_right_logical" : "shift_right_arithmetic";
  const op = context.string("direction") === "LEFT" ? "shift_left" : right;
  return context.builder.combine(op, context.data(0), context.data(1));
}

/** Slope times x where x is negative. The slope is stretched to x, one way. */
function emitPRelu(context: EmitContext): DataValue {
  const { builder } = context;
  const [x, slope] = [context.data(0), context.data(1)];
  return builder.select(builder.compare("LT", x, builder.scalar(x.type, 0)), builder.combine("multiply", x, slope), x);
}

export const ARITHMETIC: readonly Operator[] = [
  row("Add", simple("add"), ADD),
  row("Sub", simple("subtract"), SUBTRACT),
  row("Mul", simple("multiply"), MULTIPLY),
  row("Max", simple("maximum"), MAXIMUM),
  row("Min", simple("minimum"), MINIMUM),
  row("Sum", simple("add"), ADD),
  row("BitwiseAnd", simple("and")),
  row("BitwiseOr", simple("or")),
  row("BitwiseXor", simple("xor")),
  { op: "Div", since: 7, emit: (context) => [emitAll(context, simple("divide"))], fold: foldDivide },
  { op: "Mod", since: 10, emit: (context) => [emitMod(context)], fold: foldMod },
  { op: "Pow", since: 7, emit: (context) => [emitPow(context)] },
  { op: "Mean", since: 7, emit: (context) => [emitMean(context)] },
  { op: "BitShift", since: 11, emit: (context) => [emitBitShift(context)] },
  { op: "PRelu", since: 7, emit: (context) => [emitPRelu(context)] },
];
