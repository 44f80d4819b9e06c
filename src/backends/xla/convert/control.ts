// StableHLO operations with regions: loops, branches, and reductions with a body of their own. What a region uses from
// outside of it is captured by name.
import { formatArray } from "./mlir-text.ts";
import { formatTypes } from "./mlir-text.ts";
import type { ModuleBuilder } from "./module-builder.ts";
import type { DataValue } from "./value.ts";

/** `condition` gives an i1 scalar, `body` values of the same types and dims as `initial`. */
export function whileLoop(
  builder: ModuleBuilder, initial: readonly DataValue[],
  { condition, body }: { condition: (state: DataValue[]) => DataValue; body: (state: DataValue[]) => readonly DataValue[] },
): DataValue[] {
  const check = builder.region(initial, (state) => [condition(state)]);
  const step = builder.region(initial, body);
  const ids = initial.map(({ id }) => id).join(", ");
  const types = `(${formatTypes(initial)}) -> ${formatResults(initial)}`;
  return builder.emitMany(`"stablehlo.while"(${ids}) (${check}, ${step}) : ${types}`, initial);
}

/** Both branches give values of the same types and dims; only one runs. `predicate` is an i1 scalar. */
export function ifElse(
  builder: ModuleBuilder, predicate: DataValue,
  { yes, no }: { yes: () => readonly DataValue[]; no: () => readonly DataValue[] },
): DataValue[] {
  let results: readonly DataValue[] = [];
  const first = builder.region([], () => (results = yes()));
  const second = builder.region([], no);
  const types = `(tensor<i1>) -> ${formatResults(results)}`;
  return builder.emitMany(`"stablehlo.if"(${predicate.id}) (${first}, ${second}) : ${types}`, results);
}

/** Reduces all `values` alike over `axes`; `combine` gets the accumulators, then the elements, all scalars. */
export function reduceWith(
  builder: ModuleBuilder, values: readonly { x: DataValue; init: DataValue }[], axes: readonly number[],
  combine: (accumulators: DataValue[], elements: DataValue[]) => DataValue[],
): DataValue[] {
  const scalars = values.map(({ x: { type } }) => ({ type, dims: [] }));
  const region = builder.region([...scalars, ...scalars], (block) => {
    return combine(block.slice(0, values.length), block.slice(values.length));
  });
  const operands = [...values.map(({ x }) => x), ...values.map(({ init }) => init)];
  const results = values.map(({ x: { type, dims } }) => ({ type, dims: dims.filter((_, i) => !axes.includes(i)) }));
  const ids = operands.map(({ id }) => id).join(", ");
  const types = `(${formatTypes(operands)}) -> ${formatResults(results)}`;
  return builder.emitMany(`"stablehlo.reduce"(${ids}) <{dimensions = ${formatArray(axes)}}> (${region}) : ${types}`, results);
}

function formatResults(values: Parameters<typeof formatTypes>[0]): string {
  return values.length === 1 ? formatTypes(values) : `(${formatTypes(values)})`;
}
