// What Loop and Scan share: a body that is emitted once for each iteration, or once for all of them in a loop of the
// program, with a state that is carried on and outputs that are stacked.
import { whileLoop } from "../convert/control.ts";
import { isSame } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { dynamicUpdateSlice } from "../convert/indexing.ts";
import { createInts, isTensor } from "../convert/value.ts";
import type { DataValue, TensorValue, Value } from "../convert/value.ts";

/** More iterations become a loop. */
const MOST_UNROLLED = 64;
/** Of a loop that a text has to wait for. */
const MOST_ITERATIONS = 1_000_000;

export interface Step {
  /** Whether there is a next iteration; a boolean where that is known. */
  condition: boolean | DataValue;
  state: readonly Value[];
  /** One item of each output that is stacked. */
  items: readonly Value[];
}

export interface Iterations {
  /** `undefined` without a bound. */
  count: number | DataValue | undefined;
  condition: boolean | DataValue;
  state: readonly Value[];
  /** `index` is an i64 scalar. */
  body: (index: TensorValue, state: readonly Value[]) => Step;
  /** How many outputs are stacked. */
  outputs: number;
  /** To be thrown where the number of iterations has to be known. */
  refuse: () => Error;
}

interface Progress {
  done: number;
  condition: boolean | DataValue;
  state: readonly Value[];
  /** Of each output its items. */
  items: Value[][];
}

export interface Results {
  state: readonly Value[];
  /** Stacked along a new first dimension; without an item of it nobody knows the shape of an output. */
  outputs: readonly (DataValue | undefined)[];
}

export function emitIterations(context: EmitContext, iterations: Iterations): Results {
  const { count } = iterations;
  if (typeof count === "number" && count > MOST_ITERATIONS) throw context.unsupported(`found ${count} iterations, need at most ${MOST_ITERATIONS}`);
  const progress = unroll(iterations);
  const isDone = progress.condition === false || progress.done === count;
  if (!isDone) return continueInLoop(context, iterations, progress);
  return { state: progress.state, outputs: progress.items.map((items) => stack(context, items)) };
}

/** As far as it is known that there is a next one. */
function unroll({ count = Infinity, condition, state, body, outputs }: Iterations): Progress {
  const progress: Progress = { done: 0, condition, state, items: Array.from({ length: outputs }, () => []) };
  if (typeof count !== "number") return progress;
  // One before a loop shows what shape the state settles to.
  const most = count <= MOST_UNROLLED || count === Infinity ? MOST_UNROLLED : 1;
  while (progress.condition === true && progress.done < Math.min(count, most)) {
    const step = body(createInts([progress.done], []), progress.state);
    Object.assign(progress, { done: progress.done + 1, condition: step.condition, state: step.state });
    progress.items.forEach((items, i) => items.push(...step.items.slice(i, i + 1)));
  }
  return progress;
}

export function stack(context: EmitContext, items: readonly Value[]): DataValue | undefined {
  const { builder } = context;
  const tensors = items.map((item) => toData(context, item));
  return items.length === 0 ? undefined : builder.concatenate(tensors.map((x) => builder.reshape(x, [1, ...x.dims])), 0);
}

export function toData(context: EmitContext, value: Value): DataValue {
  if (!isTensor(value)) throw context.unsupported(`found a ${value.kind} where a tensor is needed`);
  return context.materialize(value);
}

/** The rest of the iterations. Outputs are stacked in a tensor that is carried on: their number has to be known. */
function continueInLoop(context: EmitContext, iterations: Iterations, progress: Progress): Results {
  const { builder } = context;
  const { count, refuse } = iterations;
  const isFixed = typeof count === "number" && progress.condition === true;
  if (iterations.outputs > 0 && !(isFixed && progress.done > 0)) throw refuse();
  if (!progress.state.every(isTensor)) throw refuse();
  const state = progress.state.map((value) => toData(context, value));
  const stacks = progress.items.map((items) => reserve(context, items, Number(count)));
  const one = builder.scalar("i64", 1);
  const begin = [builder.scalar("i64", progress.done), toFlag(context, progress.condition)];
  const [, , ...last] = whileLoop(builder, [...begin, ...state, ...stacks], {
    condition: ([index, flag]) => checkNext(context, count, [index, flag]),
    body: ([index = one, , ...values]) => {
      const step = iterations.body(index, values.slice(0, state.length));
      if (count === undefined && step.condition === true) throw context.unsupported("it has no end");
      if (iterations.outputs > 0 && step.condition !== true) throw refuse();
      const next = step.state.map((value, i) => checkShape(context, toData(context, value), state[i]));
      const written = values.slice(state.length).map((x, i) => place(context, x, { index, item: step.items[i] }));
      return [builder.binary("add", index, one), toFlag(context, step.condition), ...next, ...written];
    },
  });
  return { state: last.slice(0, state.length), outputs: last.slice(state.length) };
}

function checkNext({ builder }: EmitContext, count: Iterations["count"], [index, flag]: (DataValue | undefined)[]): DataValue {
  if (index === undefined || flag === undefined) throw new RangeError("found a loop without its index");
  if (count === undefined) return flag;
  const bound = typeof count === "number" ? builder.scalar("i64", count) : builder.reshape(builder.convert(count, "i64"), []);
  return builder.binary("and", flag, builder.compare("LT", index, bound));
}

function toFlag({ builder }: EmitContext, condition: boolean | DataValue): DataValue {
  return typeof condition === "boolean" ? builder.scalar("i1", condition ? 1 : 0) : builder.reshape(condition, []);
}

/** Room for all items of an output, with those that are there. */
function reserve(context: EmitContext, items: readonly Value[], count: number): DataValue {
  const { builder } = context;
  const first = stack(context, items);
  if (first === undefined) throw new RangeError("found no item of an output");
  const none = first.dims.map(() => 0);
  return builder.pad(first, builder.scalar(first.type, 0), { low: none, high: none.with(0, count - (first.dims[0] ?? 0)) });
}

function place(context: EmitContext, whole: DataValue, { index, item }: { index: DataValue; item: Value | undefined }): DataValue {
  const { builder } = context;
  if (item === undefined) throw new RangeError("found no item of an output");
  const x = toData(context, item);
  if (!isSame(x.dims, whole.dims.slice(1))) {
    throw context.unsupported("an output changes its shape from one iteration to the next");
  }
  const starts = whole.dims.map((_, i) => (i === 0 ? index : builder.scalar("i64", 0)));
  return dynamicUpdateSlice(builder, whole, builder.reshape(x, [1, ...x.dims]), starts);
}

function checkShape(context: EmitContext, value: DataValue, before: DataValue | undefined): DataValue {
  if (before === undefined || (isSame(value.dims, before.dims) && value.type === before.type)) return value;
  throw context.unsupported("a state changes its shape from one iteration to the next");
}
