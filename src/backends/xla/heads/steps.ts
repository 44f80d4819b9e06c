// What follows pooling: Dense modules, whose weights are arguments of the program, and unit length.
import type { Activation, DenseStep, Head, PoolHead } from "../../../heads/head.ts";
import { dot } from "../convert/dot.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { DataValue } from "../convert/value.ts";
import type { HostTensor } from "../program.ts";
import type { HeadScope } from "./head-scope.ts";

/** The epsilon of torch: a zero vector stays zero. */
const SMALLEST_NORM = 1e-12;

export interface StepInput {
  scope: HeadScope;
  /** f32[batch, width] */
  vector: DataValue;
  /** Of the step in the head. */
  index: number;
}

export function emitStep(step: PoolHead["steps"][number], input: StepInput): DataValue {
  return step.kind === "dense" ? emitDense(step, input) : emitNormalize(input.scope.builder, input.vector);
}

/** Throws `RangeError` when the vectors are not as wide as the layer. */
function emitDense({ inFeatures, outFeatures, bias, activation }: DenseStep, { scope, vector, index }: StepInput): DataValue {
  const { builder } = scope;
  const [, width] = vector.dims;
  if (width !== inFeatures) throw new RangeError(`Cannot apply a dense layer: found ${width} values, need ${inFeatures}`);
  const weight = scope.weight(weightName(index), "f32", [outFeatures, inFeatures]);
  const product = dot(builder, vector, weight, { contracting: [[1], [1]] });
  const sum = bias ? builder.combine("add", product, scope.weight(biasName(index), "f32", [outFeatures])) : product;
  return ACTIVATIONS[activation](builder, sum);
}

/** Divides along the last dimension. */
export function emitNormalize(builder: ModuleBuilder, x: DataValue): DataValue {
  const last = x.dims.length - 1;
  const squares = builder.reduce("add", builder.binary("multiply", x, x), builder.scalar("f32", 0), [last]);
  const norm = builder.combine("maximum", builder.unary("sqrt", squares), builder.scalar("f32", SMALLEST_NORM));
  return builder.combine("divide", x, builder.reshape(norm, [...x.dims.slice(0, last), 1]));
}

type Emitter = (builder: ModuleBuilder, x: DataValue) => DataValue;

const ACTIVATIONS: Readonly<Record<Activation, Emitter>> = {
  identity: (_, x) => x,
  tanh: (builder, x) => builder.unary("tanh", x),
  relu: (builder, x) => builder.combine("maximum", x, builder.scalar("f32", 0)),
  gelu(builder, x) {
    const scaled = builder.combine("multiply", x, builder.scalar("f32", Math.SQRT1_2));
    const share = builder.combine("add", builder.chlo("erf", scaled), builder.scalar("f32", 1));
    return builder.binary("multiply", builder.combine("multiply", x, builder.scalar("f32", 0.5)), share);
  },
  sigmoid: (builder, x) => builder.unary("logistic", x),
  silu: (builder, x) => builder.binary("multiply", x, builder.unary("logistic", x)),
};

const weightName = (index: number): string => `head:step${index}.weight`;
const biasName = (index: number): string => `head:step${index}.bias`;

/** The weights that programs of this head take as arguments, by name. Views of the head's own. */
export function listHeadWeights(head: Head): ReadonlyMap<string, HostTensor> {
  const steps = head.kind === "pool" ? head.steps : [];
  return new Map(steps.flatMap((step, index) => {
    if (step.kind !== "dense") return [];
    const { outFeatures, inFeatures, weight, bias } = step;
    const named: [string, HostTensor][] = [[weightName(index), createWeight([outFeatures, inFeatures], weight)]];
    if (bias) named.push([biasName(index), createWeight([outFeatures], bias)]);
    return named;
  }));
}

function createWeight(dims: readonly number[], { buffer, byteOffset, byteLength }: Float32Array): HostTensor {
  return { type: "f32", dims, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
}
