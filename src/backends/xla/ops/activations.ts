// The activation functions that recurrent nodes name, with their own numbers, after the node's `clip`.
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { DataValue } from "../convert/value.ts";

export type Activation = (x: DataValue) => DataValue;

interface Numbers {
  alpha: number;
  beta: number;
}

interface Row extends Numbers {
  emit: (math: Arithmetic, x: DataValue, numbers: Numbers) => DataValue;
}

/** What activations are written in: operands may be numbers. */
class Arithmetic {
  readonly builder: ModuleBuilder;

  constructor(builder: ModuleBuilder) {
    this.builder = builder;
  }

  number(like: DataValue, value: number): DataValue {
    return this.builder.splat(like.type, like.dims, value);
  }

  scale(x: DataValue, factor: number, added = 0): DataValue {
    const product = factor === 1 ? x : this.builder.binary("multiply", x, this.number(x, factor));
    return added === 0 ? product : this.builder.binary("add", product, this.number(x, added));
  }

  clamp(x: DataValue, low: number, high: number): DataValue {
    return this.builder.binary("minimum", this.builder.binary("maximum", x, this.number(x, low)), this.number(x, high));
  }

  /** `x` where it is above `limit`, else `otherwise`. */
  above(x: DataValue, limit: number, otherwise: DataValue): DataValue {
    return this.builder.select(this.builder.compare("GT", x, this.number(x, limit)), x, otherwise);
  }
}

/** Formulas and default numbers of the ONNX specification of RNN, GRU and LSTM, by lower-case name. */
const ROWS: Readonly<Record<string, Row>> = {
  sigmoid: { alpha: 0, beta: 0, emit: ({ builder }, x) => builder.unary("logistic", x) },
  tanh: { alpha: 0, beta: 0, emit: ({ builder }, x) => builder.unary("tanh", x) },
  relu: { alpha: 0, beta: 0, emit: (math, x) => math.builder.binary("maximum", x, math.number(x, 0)) },
  affine: { alpha: 1, beta: 0, emit: (math, x, { alpha, beta }) => math.scale(x, alpha, beta) },
  leakyrelu: { alpha: 0.01, beta: 0, emit: (math, x, { alpha }) => math.above(x, 0, math.scale(x, alpha)) },
  thresholdedrelu: { alpha: 1, beta: 0, emit: (math, x, { alpha }) => math.above(x, alpha, math.number(x, 0)) },
  scaledtanh: { alpha: 1, beta: 1, emit: (math, x, { alpha, beta }) => math.scale(math.builder.unary("tanh", math.scale(x, beta)), alpha) },
  hardsigmoid: { alpha: 0.2, beta: 0.5, emit: (math, x, { alpha, beta }) => math.clamp(math.scale(x, alpha, beta), 0, 1) },
  elu: {
    alpha: 1, beta: 0,
    emit: (math, x, { alpha }) => math.above(x, 0, math.scale(math.builder.unary("exponential_minus_one", x), alpha)),
  },
  softsign: { alpha: 0, beta: 0, emit: (math, x) => math.builder.binary("divide", x, math.scale(math.builder.unary("abs", x), 1, 1)) },
  softplus: { alpha: 0, beta: 0, emit: (math, x) => math.builder.unary("log_plus_one", math.builder.unary("exponential", x)) },
};

/** `defaults` are the names for all directions where the node has none. */
export function readActivations(context: EmitContext, defaults: readonly string[]): Activation[] {
  const names = context.findAttribute("activations", "strings") ?? defaults;
  const [alphas, betas] = [[...context.floats("activation_alpha", [])], [...context.floats("activation_beta", [])]];
  const clip = context.findAttribute("clip", "float");
  const math = new Arithmetic(context.builder);
  return names.map((name) => {
    const row = ROWS[name.toLowerCase()];
    if (row === undefined) throw context.unsupported(`activation "${name}" is not known`);
    // Numbers are listed only for the activations that have any.
    const numbers = {
      alpha: row.alpha === 0 ? 0 : (alphas.shift() ?? row.alpha),
      beta: row.beta === 0 && name.toLowerCase() !== "affine" ? 0 : (betas.shift() ?? row.beta),
    };
    return (x) => row.emit(math, clip === undefined ? x : math.clamp(x, -clip, clip), numbers);
  });
}
