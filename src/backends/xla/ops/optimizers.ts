// One step of training: Adagrad, Adam, Momentum. A node may move several tensors at once: all weights come first, then
// all gradients, then what is remembered of each.
import type { EmitContext } from "../convert/emit-context.ts";
import type { BinaryOp } from "../convert/operation-names.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";

const domain = "ai.onnx.preview.training";

type Operand = DataValue | number;

/** Weight, gradient and memories of one tensor to the new weight and memories. */
type Step = (formula: Formula, parts: readonly DataValue[]) => DataValue[];

/** Arithmetic of tensors, scalars and numbers. */
class Formula {
  readonly context: EmitContext;
  readonly rate: DataValue;
  /** How many steps came before. */
  readonly count: DataValue;

  constructor(context: EmitContext) {
    const { builder } = context;
    this.context = context;
    this.rate = context.data(0);
    this.count = builder.convert(context.data(1), this.rate.type);
  }

  combine(op: BinaryOp, a: Operand, b: Operand): DataValue {
    const operand = (x: Operand): DataValue => (typeof x === "number" ? this.context.builder.scalar(this.rate.type, x) : x);
    return this.context.builder.combine(op, operand(a), operand(b));
  }

  add(a: Operand, b: Operand): DataValue { return this.combine("add", a, b); }
  subtract(a: Operand, b: Operand): DataValue { return this.combine("subtract", a, b); }
  multiply(a: Operand, b: Operand): DataValue { return this.combine("multiply", a, b); }
  divide(a: Operand, b: Operand): DataValue { return this.combine("divide", a, b); }
  root(a: DataValue): DataValue { return this.context.builder.unary("sqrt", a); }
  number(name: string, fallback: number): number { return this.context.float(name, fallback); }

  /** Of the first step one thing, of later ones another. */
  ofFirst(first: DataValue, later: DataValue): DataValue {
    const { builder } = this.context;
    return builder.select(builder.compare("GT", this.count, builder.scalar(this.count.type, 0)), later, first);
  }

  /** The gradient with what holds the weights small. */
  regularize(weight: DataValue, gradient: DataValue): DataValue {
    return this.add(this.multiply(weight, this.number("norm_coefficient", 0)), gradient);
  }
}

const stepAdagrad: Step = (formula, [weight, gradient, squares]) => {
  if (!weight || !gradient || !squares) throw new RangeError("found no memory of squares");
  const rate = formula.divide(formula.rate, formula.add(1, formula.multiply(formula.count, formula.number("decay_factor", 0))));
  const force = formula.regularize(weight, gradient);
  const sum = formula.add(squares, formula.multiply(force, force));
  const scale = formula.add(formula.root(sum), formula.number("epsilon", 1e-6));
  return [formula.subtract(weight, formula.divide(formula.multiply(rate, force), scale)), sum];
};

const stepAdam: Step = (formula, [weight, gradient, mean, squares]) => {
  if (!weight || !gradient || !mean || !squares) throw new RangeError("found no memory of means and squares");
  const [alpha, beta] = [formula.number("alpha", 0.9), formula.number("beta", 0.999)];
  const force = formula.regularize(weight, gradient);
  const newMean = formula.add(formula.multiply(mean, alpha), formula.multiply(force, 1 - alpha));
  const newSquares = formula.add(formula.multiply(squares, beta), formula.multiply(formula.multiply(force, force), 1 - beta));
  const power = (base: number): DataValue => formula.subtract(1, formula.combine("power", base, formula.count));
  const corrected = formula.divide(formula.multiply(formula.rate, formula.root(power(beta))), power(alpha));
  const rate = formula.ofFirst(formula.rate, corrected);
  const scale = formula.add(formula.root(newSquares), formula.number("epsilon", 1e-6));
  const moved = formula.subtract(weight, formula.multiply(rate, formula.divide(newMean, scale)));
  return [formula.multiply(moved, 1 - formula.number("norm_coefficient_post", 0)), newMean, newSquares];
};

const stepMomentum: Step = (formula, [weight, gradient, velocity]) => {
  if (!weight || !gradient || !velocity) throw new RangeError("found no memory of a velocity");
  const mode = formula.context.string("mode");
  if (mode !== "standard" && mode !== "nesterov") throw formula.context.unsupported(`mode "${mode}" is not known`);
  const alpha = formula.number("alpha", 0.9);
  const force = formula.regularize(weight, gradient);
  const pushed = formula.ofFirst(force, formula.multiply(force, formula.number("beta", 1)));
  const moving = formula.add(formula.multiply(velocity, alpha), pushed);
  const way = mode === "nesterov" ? formula.add(force, formula.multiply(moving, alpha)) : moving;
  return [formula.subtract(weight, formula.multiply(formula.rate, way)), moving];
};

/** `parts` tensors belong to each weight, itself and the gradient among them. */
const row = (op: string, parts: number, step: Step): Operator => ({
  op, domain, since: 1,
  emit(context) {
    const formula = new Formula(context);
    const all = context.allData(2);
    const count = all.length / parts;
    const own = (i: number): DataValue[] => Array.from({ length: parts }, (_, part) => all[part * count + i] ?? fail());
    const moved = Array.from({ length: count }, (_, i) => step(formula, own(i)));
    return Array.from({ length: parts - 1 }, (_, part) => moved.map((results) => results[part] ?? fail())).flat();
  },
});

function fail(): never {
  throw new RangeError("found fewer tensors than weights");
}

export const OPTIMIZERS: readonly Operator[] = [
  row("Adagrad", 3, stepAdagrad), row("Adam", 4, stepAdam), row("Momentum", 3, stepMomentum),
];
