// CumSum and CumProd: each element with all before it, in steps that double (W. Hillis, G. Steele, "Data parallel
// algorithms", 1986), n log n operations without a loop.
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";

interface Accumulation {
  op: "add" | "multiply";
  neutral: number;
}

function emitCumulative(context: EmitContext, { op, neutral }: Accumulation): DataValue[] {
  const { builder } = context;
  const given = context.data(0);
  const axis = resolveAxis(context.hostInts(1)[0] ?? 0, given.dims.length);
  const isReverse = context.int("reverse", 0) === 1;
  const turn = (x: DataValue): DataValue => (isReverse ? builder.reverse(x, [axis]) : x);
  const move = (x: DataValue, steps: number): DataValue => shift(builder, x, { axis, steps, value: builder.scalar(x.type, neutral) });
  const begun = context.int("exclusive", 0) === 1 ? move(turn(given), 1) : turn(given);
  let sums = begun;
  for (let steps = 1; steps < (given.dims[axis] ?? 0); steps *= 2) sums = builder.binary(op, sums, move(sums, steps));
  return [turn(sums)];
}

interface Shift {
  axis: number;
  steps: number;
  value: DataValue;
}

/** Moves elements to later positions; `value` fills up. */
function shift(builder: ModuleBuilder, x: DataValue, { axis, steps, value }: Shift): DataValue {
  const along = (count: number): number[] => x.dims.map((_, i) => (i === axis ? count : 0));
  return builder.pad(x, value, { low: along(steps), high: along(-steps) });
}

export const CUMULATIVE: readonly Operator[] = [
  { op: "CumSum", since: 11, emit: (context) => emitCumulative(context, { op: "add", neutral: 0 }) },
  { op: "CumProd", since: 26, emit: (context) => emitCumulative(context, { op: "multiply", neutral: 1 }) },
];
