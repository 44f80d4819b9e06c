// Pad and CenterCropPad: dimensions made longer or shorter at their ends.
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { createNumbers } from "../convert/host-numbers.ts";
import { take } from "../convert/indexing.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";

type Pads = readonly (readonly [number, number])[];

/** One pair a dimension; negative ones cut off. */
function readPads(context: EmitContext): Pads {
  const { length } = context.dims(0);
  const pads = context.opset < 11 ? context.ints("pads") : context.hostInts(1);
  const axes = context.has(3) ? context.hostInts(3).map((axis) => resolveAxis(axis, length)) : context.dims(0).map((_, i) => i);
  return context.dims(0).map((_, axis) => {
    const at = axes.indexOf(axis);
    return at < 0 ? [0, 0] : [pads[at] ?? 0, pads[at + axes.length] ?? 0];
  });
}

function padConstant(builder: ModuleBuilder, x: DataValue, pads: Pads, value: DataValue): DataValue {
  if (pads.every(([low, high]) => low === 0 && high === 0)) return x;
  return builder.pad(x, value, { low: pads.map(([low]) => low), high: pads.map(([, high]) => high) });
}

/** Where an element beyond the ends is taken from. */
const SOURCES: Readonly<Record<string, (at: number, length: number) => number>> = {
  edge: (at, length) => Math.min(length - 1, Math.max(0, at)),
  wrap: (at, length) => ((at % length) + length) % length,
  reflect: (at, length) => {
    const period = Math.max(1, 2 * (length - 1));
    const place = ((at % period) + period) % period;
    return Math.min(place, period - place);
  },
};

function emitPad(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const pads = readPads(context);
  const mode = context.string("mode", "constant");
  if (mode === "constant") {
    const value = context.opset < 11 ? builder.scalar(x.type, context.float("value", 0)) : context.findData(2);
    return [padConstant(builder, x, pads, value === undefined ? builder.scalar(x.type, 0) : builder.reshape(value, []))];
  }
  const source = SOURCES[mode];
  if (source === undefined) throw context.unsupported(`mode "${mode}" is not known`);
  return [pads.reduce((padded, [low, high], axis) => {
    const length = x.dims[axis] ?? 0;
    if (low === 0 && high === 0) return padded;
    const places = createNumbers("i32", [length + low + high], (i) => source(i - low, length));
    return take(builder, padded, builder.host(places), axis);
  }, x)];
}

/** Cuts or fills with zeros on both sides; an odd element goes to the end. */
function emitCenterCropPad(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const shape = context.hostInts(1);
  const axes = context.findAttribute("axes", "ints")?.map((axis) => resolveAxis(Number(axis), x.dims.length)) ?? x.dims.map((_, i) => i);
  const pads = x.dims.map((dim, axis): [number, number] => {
    const at = axes.indexOf(axis);
    const total = at < 0 ? 0 : (shape[at] ?? dim) - dim;
    const low = Math.trunc(total / 2);
    return [total < 0 ? -Math.floor(-total / 2) : low, total - (total < 0 ? -Math.floor(-total / 2) : low)];
  });
  return [padConstant(builder, x, pads, builder.scalar(x.type, 0))];
}

export const PAD: readonly Operator[] = [
  { op: "Pad", since: 2, emit: emitPad },
  { op: "CenterCropPad", since: 18, emit: emitCenterCropPad },
];
