// Losses over classes: the negative log likelihood of the right class, of probabilities or of scores.
import { countElements } from "../convert/data-type.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";

/** `logs` is [batch, classes, …], input 1 the right classes [batch, …], input 2 a weight a class. */
function emitLoss(context: EmitContext, logs: DataValue): DataValue {
  const { builder } = context;
  const targets = context.data(1);
  const isRight = findRight(builder, targets, logs.dims);
  const zeros = builder.splat(logs.type, logs.dims, 0);
  const pickRight = (values: DataValue): DataValue =>
    builder.reduce("add", builder.select(isRight, values, zeros), builder.scalar(logs.type, 0), [1]);
  const weight = context.findData(2);
  const ones = builder.splat(logs.type, targets.dims, 1);
  const given = weight === undefined ? ones : pickRight(builder.broadcast(weight, logs.dims, [1]));
  const weights = dropIgnored(context, targets, given);
  const losses = builder.binary("multiply", builder.unary("negate", pickRight(logs)), weights);
  return reduceLosses(context, losses, weights);
}

/** True at the right class of each place. */
function findRight(builder: ModuleBuilder, targets: DataValue, dims: readonly number[]): DataValue {
  const places = builder.broadcast(targets, dims, targets.dims.map((_, i) => (i === 0 ? 0 : i + 1)));
  return builder.compare("EQ", builder.iota(targets.type, dims, 1), places);
}

/** Places whose class is `ignore_index` weigh nothing. */
function dropIgnored(context: EmitContext, targets: DataValue, weights: DataValue): DataValue {
  const { builder } = context;
  const ignored = context.findAttribute("ignore_index", "int");
  if (ignored === undefined) return weights;
  const isIgnored = builder.compare("EQ", targets, builder.splat(targets.type, targets.dims, ignored));
  return builder.select(isIgnored, builder.splat(weights.type, weights.dims, 0), weights);
}

function reduceLosses(context: EmitContext, losses: DataValue, weights: DataValue): DataValue {
  const { builder } = context;
  const reduction = context.string("reduction", "mean");
  const sum = (values: DataValue): DataValue =>
    builder.reduce("add", values, builder.scalar(values.type, 0), values.dims.map((_, i) => i));
  if (reduction === "none") return losses;
  if (reduction === "sum") return sum(losses);
  if (reduction === "mean") return builder.binary("divide", sum(losses), sum(weights));
  throw context.unsupported(`reduction "${reduction}" is not known`);
}

/** Outputs the loss, and the logarithms of the probabilities. */
function emitSoftmaxLoss(context: EmitContext): DataValue[] {
  const logs = emitLogSoftmax(context.builder, context.data(0));
  return [emitLoss(context, logs), logs];
}

/** x - max - log(sum(exp(x - max))) over the classes. */
function emitLogSoftmax(builder: ModuleBuilder, x: DataValue): DataValue {
  if (countElements(x.dims) === 0) return x;
  const spread = (value: DataValue): DataValue => builder.broadcast(value, x.dims, x.dims.map((_, i) => i).toSpliced(1, 1));
  const most = builder.reduce("maximum", x, builder.scalar(x.type, -Infinity), [1]);
  const shifted = builder.binary("subtract", x, spread(most));
  const sum = builder.reduce("add", builder.unary("exponential", shifted), builder.scalar(x.type, 0), [1]);
  return builder.binary("subtract", shifted, spread(builder.unary("log", sum)));
}

export const LOSSES: readonly Operator[] = [
  { op: "NegativeLogLikelihoodLoss", since: 12, emit: (context) => [emitLoss(context, context.data(0))] },
  { op: "SoftmaxCrossEntropyLoss", since: 12, emit: emitSoftmaxLoss },
];
