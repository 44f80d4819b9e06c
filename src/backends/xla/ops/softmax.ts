// Softmax and its relatives. Before opset 13 they work on everything from the axis on as one dimension.
import { countElements } from "../convert/data-type.ts";
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { reduceMax } from "./reduction.ts";

type Emit = (builder: ModuleBuilder, x: DataValue, axis: number) => DataValue;

const keep = (x: DataValue, axis: number): number[] => x.dims.map((dim, i) => (i === axis ? 1 : dim));

/** Each row less its largest: exponentials of it stay finite. */
function shift(builder: ModuleBuilder, x: DataValue, axis: number): DataValue {
  return builder.combine("subtract", x, builder.reshape(reduceMax(builder, x, [axis]), keep(x, axis)));
}

function sum(builder: ModuleBuilder, x: DataValue, axis: number): DataValue {
  return builder.reshape(builder.reduce("add", x, builder.scalar(x.type, 0), [axis]), keep(x, axis));
}

export const emitSoftmax: Emit = (builder, x, axis) => {
  const powers = builder.unary("exponential", shift(builder, x, axis));
  return builder.combine("divide", powers, sum(builder, powers, axis));
};

export const emitLogSoftmax: Emit = (builder, x, axis) => {
  const shifted = shift(builder, x, axis);
  return builder.combine("subtract", shifted, builder.unary("log", sum(builder, builder.unary("exponential", shifted), axis)));
};

/** In float32 where the type is smaller. */
const wide = (emit: Emit): Emit => (builder, x, axis) => {
  const isSmall = x.type === "f16" || x.type === "bf16";
  return isSmall ? builder.convert(emit(builder, builder.convert(x, "f32"), axis), x.type) : emit(builder, x, axis);
};

function emitFlat(context: EmitContext, emit: Emit): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const axis = resolveAxis(context.int("axis", 1), x.dims.length);
  const rows = builder.reshape(x, [countElements(x.dims.slice(0, axis)), countElements(x.dims.slice(axis))]);
  return [builder.reshape(emit(builder, rows, 1), x.dims)];
}

const rows = (op: string, emit: Emit): Operator[] => [
  { op, since: 1, emit: (context) => emitFlat(context, wide(emit)) },
  {
    op, since: 13,
    emit(context) {
      const x = context.data(0);
      return [wide(emit)(context.builder, x, resolveAxis(context.int("axis", -1), x.dims.length))];
    },
  },
];

export const SOFTMAX: readonly Operator[] = [...rows("Softmax", emitSoftmax), ...rows("LogSoftmax", emitLogSoftmax)];
