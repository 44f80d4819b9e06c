// Token vectors to one vector a text, mode by mode, as src/heads/pool.ts has it; sums are float32 here.
import type { PoolHead, PoolMode } from "../../../heads/head.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { DataValue } from "../convert/value.ts";
import type { HeadScope } from "./head-scope.ts";
import { emitStep } from "./steps.ts";
import { createTextMask } from "./text-mask.ts";
import type { TextMask } from "./text-mask.ts";

/** What `max` gives where every token is left out, and the smallest divisor: as in src/heads/pool.ts. */
const MASKED = -1e9;
const SMALLEST_WEIGHT = 1e-9;

export interface PoolInput {
  scope: HeadScope;
  /** f32[batch, length, width] */
  tokens: DataValue;
  hasPoolFrom: boolean;
}

/** f32[batch, modes x width], then what the steps make of it. */
export function emitPool({ modes, steps }: PoolHead, { scope, tokens, hasPoolFrom }: PoolInput): DataValue {
  const input: PoolerInput = { builder: scope.builder, tokens, mask: createTextMask(scope, tokens, hasPoolFrom) };
  const pooled = scope.builder.concatenate(modes.map((mode) => POOLERS[mode](input)), 1);
  return steps.reduce((vector, step, index) => emitStep(step, { scope, vector, index }), pooled);
}

interface PoolerInput {
  builder: ModuleBuilder;
  tokens: DataValue;
  mask: TextMask;
}

/** To f32[batch, width]. */
type Pooler = (input: PoolerInput) => DataValue;

/** The sum over the tokens where `cells` is true: selected, not multiplied, because padding may be infinite or NaN. */
function sumWhere({ builder, tokens }: PoolerInput, cells: DataValue, values: DataValue = tokens): DataValue {
  const zero = builder.scalar("f32", 0);
  return builder.reduce("add", builder.select(cells, values, zero), zero, [1]);
}

/** f32[batch, 1]: the weights of a text's tokens added up, not below what may be divided by. */
function sumWeights(input: PoolerInput, weights: DataValue): DataValue {
  const { builder, mask } = input;
  return builder.combine("maximum", sumWhere(input, mask.pooled, weights), builder.scalar("f32", SMALLEST_WEIGHT));
}

/** f32[batch, length, 1] of ones. */
const createOnes = ({ builder, mask }: PoolerInput): DataValue => builder.splat("f32", mask.pooled.dims, 1);

const poolMean: Pooler = (input) =>
  input.builder.combine("divide", sumWhere(input, input.mask.pooled), sumWeights(input, createOnes(input)));

const poolMeanSqrtLen: Pooler = (input) => {
  const root = input.builder.unary("sqrt", sumWeights(input, createOnes(input)));
  return input.builder.combine("divide", sumWhere(input, input.mask.pooled), root);
};

/** Weights 1 to n by place in the whole text. */
const poolWeightedMean: Pooler = (input) => {
  const { builder, mask, tokens } = input;
  const numbers = builder.combine("add", builder.convert(mask.positions, "f32"), builder.scalar("f32", 1));
  const weights = builder.reshape(numbers, mask.pooled.dims);
  const weighted = builder.combine("multiply", tokens, weights);
  return builder.combine("divide", sumWhere(input, mask.pooled, weighted), sumWeights(input, weights));
};

const poolMax: Pooler = ({ builder, tokens, mask }) => {
  const masked = builder.scalar("f32", MASKED);
  return builder.reduce("maximum", builder.select(mask.pooled, tokens, masked), masked, [1]);
};

/** The one token of each text at `place`, i32[batch, 1]. */
function selectToken(input: PoolerInput, place: DataValue): DataValue {
  const { builder, mask } = input;
  const isThere = builder.compare("EQ", mask.positions, place);
  return sumWhere(input, builder.reshape(isThere, mask.pooled.dims));
}

/** The first token that is not left out, token 0 when all are. */
const poolCls: Pooler = (input) => {
  const { builder, tokens, mask: { poolFrom, lengths } } = input;
  const [batch = 0, , width = 0] = tokens.dims;
  // Without prompts the place is known, and what the last layers make of other tokens can be left out.
  if (poolFrom === undefined) return builder.reshape(builder.sliceAxis(tokens, 1, 0, 1), [batch, width]);
  return selectToken(input, builder.select(builder.compare("LT", poolFrom, lengths), poolFrom, builder.scalar("i32", 0)));
};

/** Zeros when every token is left out. */
const poolLastToken: Pooler = (input) => {
  const { builder, mask } = input;
  const isLast = builder.compare("EQ", mask.positions, builder.combine("subtract", mask.lengths, builder.scalar("i32", 1)));
  return sumWhere(input, builder.binary("and", builder.reshape(isLast, mask.pooled.dims), mask.pooled));
};

const POOLERS: Readonly<Record<PoolMode, Pooler>> = {
  cls: poolCls,
  max: poolMax,
  mean: poolMean,
  mean_sqrt_len: poolMeanSqrtLen,
  weightedmean: poolWeightedMean,
  lasttoken: poolLastToken,
};
