// Activation functions, and Clip and Dropout beside them. Small floats are computed in float32.
import { isFloat } from "../convert/data-type.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { foldBinary, foldUnary } from "../convert/fold-elements.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue, HostValue } from "../convert/value.ts";

/** Elementwise arithmetic on one tensor, with numbers of its type. */
class Formula {
  readonly builder: ModuleBuilder;
  readonly x: DataValue;

  constructor(builder: ModuleBuilder, x: DataValue) {
    this.builder = builder;
    this.x = x;
  }

  number(value: number): DataValue {
    return this.builder.splat(this.x.type, this.x.dims, value);
  }

  add(a: DataValue, b: DataValue | number): DataValue {
    return this.builder.binary("add", a, typeof b === "number" ? this.number(b) : b);
  }

  multiply(a: DataValue, b: DataValue | number): DataValue {
    return this.builder.binary("multiply", a, typeof b === "number" ? this.number(b) : b);
  }

  clamp(a: DataValue, low: number, high: number): DataValue {
    return this.builder.binary("minimum", this.builder.binary("maximum", a, this.number(low)), this.number(high));
  }

  /** Of the elements of `x` that are above `limit` the first, of the others the second. */
  above(limit: number, a: DataValue, b: DataValue): DataValue {
    return this.builder.select(this.builder.compare("GT", this.x, this.number(limit)), a, b);
  }

  /** `exp(a) - 1`, exact near 0. */
  growth(a: DataValue): DataValue {
    return this.builder.unary("exponential_minus_one", a);
  }
}

type Emit = (formula: Formula, context: EmitContext) => DataValue;

const row = (op: string, emit: Emit, since = 1): Operator => ({
  op, since,
  emit(context) {
    const x = context.data(0);
    const isSmall = x.type === "f16" || x.type === "bf16";
    const wide = isSmall ? context.builder.convert(x, "f32") : x;
    return [context.builder.convert(emit(new Formula(context.builder, wide), context), x.type)];
  },
});

export const emitRelu = (builder: ModuleBuilder, x: DataValue): DataValue => builder.binary("maximum", x, builder.splat(x.type, x.dims, 0));

/** `x / 2 * (1 + erf(x / √2))`, or its approximation by a tanh. */
export function emitGelu(builder: ModuleBuilder, x: DataValue, approximate: "none" | "tanh" = "none"): DataValue {
  const formula = new Formula(builder, x);
  const half = formula.multiply(x, 0.5);
  if (approximate === "none") return formula.multiply(half, formula.add(builder.chlo("erf", formula.multiply(x, Math.SQRT1_2)), 1));
  const cube = formula.multiply(formula.multiply(x, x), x);
  const inner = formula.multiply(formula.add(x, formula.multiply(cube, 0.044715)), Math.sqrt(2 / Math.PI));
  return formula.multiply(half, formula.add(builder.unary("tanh", inner), 1));
}

const emitElu: Emit = (formula, context) =>
  formula.above(0, formula.x, formula.multiply(formula.growth(formula.x), context.float("alpha", 1)));

const emitSelu: Emit = (formula, context) => {
  const alpha = context.float("alpha", 1.67326319217681884765625);
  const growth = formula.multiply(formula.growth(formula.x), alpha);
  return formula.multiply(formula.above(0, formula.x, growth), context.float("gamma", 1.05070102214813232421875));
};

/** `max(0, x) + min(0, alpha * (exp(x / alpha) - 1))` */
const emitCelu: Emit = (formula, context) => {
  const alpha = context.float("alpha", 1);
  return formula.above(0, formula.x, formula.multiply(formula.growth(formula.multiply(formula.x, 1 / alpha)), alpha));
};

const emitHardSigmoid: Emit = (formula, context) =>
  formula.clamp(formula.add(formula.multiply(formula.x, context.float("alpha", 0.2)), context.float("beta", 0.5)), 0, 1);

const emitHardSwish: Emit = (formula) =>
  formula.multiply(formula.x, formula.clamp(formula.add(formula.multiply(formula.x, 1 / 6), 0.5), 0, 1));

/** `log(1 + exp(x))`, which is x for large ones: `max(x, 0) + log(1 + exp(-|x|))`. */
const softplus = (formula: Formula): DataValue => {
  const { builder, x } = formula;
  const tail = builder.unary("log_plus_one", builder.unary("exponential", builder.unary("negate", builder.unary("abs", x))));
  return formula.add(emitRelu(builder, x), tail);
};

const emitMish: Emit = (formula) => formula.multiply(formula.x, formula.builder.unary("tanh", softplus(formula)));

const emitSoftsign: Emit = (formula) =>
  formula.builder.binary("divide", formula.x, formula.add(formula.builder.unary("abs", formula.x), 1));

const emitSwish: Emit = (formula, context) =>
  formula.multiply(formula.x, formula.builder.unary("logistic", formula.multiply(formula.x, context.float("alpha", 1))));

/** `x + bias` below `-lambd`, `x - bias` above `lambd`, else 0. */
const emitShrink: Emit = (formula, context) => {
  const [lambd, bias] = [context.float("lambd", 0.5), context.float("bias", 0)];
  const { builder, x } = formula;
  const low = builder.select(builder.compare("LT", x, formula.number(-lambd)), formula.add(x, bias), formula.number(0));
  return formula.above(lambd, formula.add(x, -bias), low);
};

/** Bounds are attributes before opset 11, then scalars that may be left out. */
function emitClip(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const bound = (index: number, name: string): DataValue | undefined => {
    const given = context.findAttribute(name, "float");
    return context.findData(index) ?? (given === undefined ? undefined : builder.scalar(x.type, given));
  };
  const [low, high] = [bound(1, "min"), bound(2, "max")];
  const raised = low === undefined ? x : builder.combine("maximum", x, builder.reshape(low, []));
  return [high === undefined ? raised : builder.combine("minimum", raised, builder.reshape(high, []))];
}

function foldClip(context: EmitContext): HostValue[] | undefined {
  if (context.opset < 11 || isFloat(context.type(0))) return undefined;
  const bigger = { number: Math.max, big: (a: bigint, b: bigint) => (a > b ? a : b) };
  const smaller = { number: Math.min, big: (a: bigint, b: bigint) => (a < b ? a : b) };
  const raised = context.has(1) ? foldBinary(context, context.host(0), context.host(1), bigger) : context.host(0);
  const result = raised && context.has(2) ? foldBinary(context, raised, context.host(2), smaller) : raised;
  return result && [result];
}

/** Lengths are made with it. */
function foldRelu(context: EmitContext): HostValue[] | undefined {
  const result = foldUnary(context, context.host(0), { number: (a) => Math.max(a, 0) });
  return result && [result];
}

/** Nothing is dropped when a model serves; the mask says so. */
function emitDropout(context: EmitContext): (DataValue | HostValue)[] {
  const training = context.findHost(2);
  const isTraining = context.has(2) && (training === undefined || training.bytes[0] !== 0);
  const ratio = context.has(1) ? context.hostFloats(1)[0] : 0.5;
  if (isTraining && ratio !== 0) throw context.unsupported("it is in training mode");
  const x = context.tensor(0);
  const mask = context.wants(1) ? [context.builder.splat("i1", x.dims, 1)] : [];
  return [x, ...mask];
}

/** `swish(a) * b` */
function emitSwiGlu(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [a, b] = [context.data(0), context.data(1)];
  const scaled = builder.binary("multiply", a, builder.splat(a.type, a.dims, context.float("alpha", 1)));
  return [builder.binary("multiply", builder.binary("multiply", a, builder.unary("logistic", scaled)), b)];
}

export const ACTIVATION: readonly Operator[] = [
  { op: "Relu", since: 6, emit: (context) => [emitRelu(context.builder, context.data(0))], fold: foldRelu },
  row("Gelu", ({ builder, x }, context) => emitGelu(builder, x, context.string("approximate", "none") === "tanh" ? "tanh" : "none")),
  { ...row("Gelu", ({ builder, x }) => emitGelu(builder, x)), domain: "com.microsoft" },
  row("Elu", emitElu),
  row("Selu", emitSelu),
  row("Celu", emitCelu),
  row("HardSigmoid", emitHardSigmoid),
  row("HardSwish", emitHardSwish),
  row("LeakyRelu", (formula, context) => formula.above(0, formula.x, formula.multiply(formula.x, context.float("alpha", 0.01)))),
  row("ThresholdedRelu", (formula, context) => formula.above(context.float("alpha", 1), formula.x, formula.number(0))),
  row("Softplus", softplus),
  row("Softsign", emitSoftsign),
  row("Mish", emitMish),
  row("Swish", emitSwish),
  row("Shrink", emitShrink),
  { op: "SwiGLU", since: 1, emit: emitSwiGlu },
  { op: "Clip", since: 6, emit: emitClip, fold: foldClip },
  { op: "Dropout", since: 7, emit: emitDropout },
];
