// Elementwise operators of one tensor.
import { isFloat, isUnsigned } from "../convert/data-type.ts";
import { foldUnary } from "../convert/fold-elements.ts";
import type { UnaryArithmetic } from "../convert/fold-elements.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { ChloOp, UnaryOp } from "../convert/operation-names.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";

type Emit = (builder: ModuleBuilder, x: DataValue) => DataValue;

const row = (op: string, emit: Emit, arithmetic?: UnaryArithmetic): Operator => ({
  op, since: 6,
  emit: (context) => [emit(context.builder, context.data(0))],
  ...(arithmetic === undefined ? {} : {
    fold(context) {
      const result = foldUnary(context, context.host(0), arithmetic);
      return result && [result];
    },
  }),
});

const simple = (op: UnaryOp): Emit => (builder, x) => builder.unary(op, x);
/** The expansions are written for float32 and float64: the smaller ones go through float32. */
const chlo = (op: ChloOp): Emit => (builder, x) => {
  if (x.type !== "f16" && x.type !== "bf16") return builder.chlo(op, x);
  return builder.convert(builder.chlo(op, builder.convert(x, "f32")), x.type);
};
/** What is whole already. */
const floatOnly = (op: UnaryOp): Emit => (builder, x) => (isFloat(x.type) ? builder.unary(op, x) : x);
const signedOnly = (op: UnaryOp): Emit => (builder, x) => (isUnsigned(x.type) ? x : builder.unary(op, x));

const emitSign: Emit = (builder, x) =>
  isUnsigned(x.type) ? builder.combine("minimum", x, builder.scalar(x.type, 1)) : builder.unary("sign", x);

const emitReciprocal: Emit = (builder, x) => builder.combine("divide", builder.scalar(x.type, 1), x);

const abs = (a: bigint): bigint => (a < 0n ? -a : a);
const keep = (a: bigint): bigint => a;

export const UNARY: readonly Operator[] = [
  row("Abs", signedOnly("abs"), { number: Math.abs, big: abs }),
  row("Neg", simple("negate"), { number: (a) => -a, big: (a) => -a }),
  row("Ceil", floatOnly("ceil"), { number: Math.ceil, big: keep }),
  row("Floor", floatOnly("floor"), { number: Math.floor, big: keep }),
  row("Sqrt", simple("sqrt"), { number: Math.sqrt }),
  row("Sign", emitSign),
  row("Reciprocal", emitReciprocal, { number: (a) => 1 / a }),
  row("Exp", simple("exponential")),
  row("Log", simple("log")),
  row("Sin", simple("sine")),
  row("Cos", simple("cosine")),
  row("Tan", simple("tan")),
  row("Tanh", simple("tanh")),
  row("Sigmoid", simple("logistic")),
  row("Round", floatOnly("round_nearest_even")),
  row("BitwiseNot", simple("not")),
  row("Erf", chlo("erf")),
  row("Acos", chlo("acos")),
  row("Acosh", chlo("acosh")),
  row("Asin", chlo("asin")),
  row("Asinh", chlo("asinh")),
  row("Atan", chlo("atan")),
  row("Atanh", chlo("atanh")),
  row("Cosh", chlo("cosh")),
  row("Sinh", chlo("sinh")),
  { op: "Identity", since: 1, emit: (context) => [context.value(0)] },
];
