// Sequences and optionals: shapes are fixed, so their length and whether they hold something are known, and nothing of them
// is left in a program but their tensors.
import { resolveAxis, resolveStrides } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { createBooleans } from "../convert/fold-elements.ts";
import { reshapeHost, walkElements } from "../convert/host-moves.ts";
import type { Operator } from "../convert/operator.ts";
import { createHost, createInts, isTensor } from "../convert/value.ts";
import type { HostValue, SequenceValue, TensorValue, Value } from "../convert/value.ts";

const createSequence = (items: readonly Value[]): SequenceValue => ({ kind: "sequence", items });

export function readItems(context: EmitContext, index: number): readonly Value[] {
  const value = context.value(index);
  if (value.kind === "sequence") return value.items;
  throw context.unsupported(`input ${index} is a ${isTensor(value) ? "tensor" : value.kind}, need a sequence`);
}

/** A position from the end when negative; `count` of them are allowed. */
function readPosition(context: EmitContext, index: number, { length, count }: { length: number; count: number }): number {
  const given = context.hostInts(index)[0] ?? 0;
  const position = given < 0 ? given + length : given;
  if (position < 0 || position >= count) throw context.unsupported(`found position ${given} in a sequence of ${length}`);
  return position;
}

function emitInsert(context: EmitContext): Value[] {
  const items = readItems(context, 0);
  const { length } = items;
  const position = context.has(2) ? readPosition(context, 2, { length, count: length + 1 }) : length;
  return [createSequence(items.toSpliced(position, 0, context.value(1)))];
}

function emitErase(context: EmitContext): Value[] {
  const items = readItems(context, 0);
  const { length } = items;
  return [createSequence(items.toSpliced(context.has(1) ? readPosition(context, 1, { length, count: length }) : length - 1, 1))];
}

function emitAt(context: EmitContext): Value[] {
  const items = readItems(context, 0);
  const { length } = items;
  const item = items[readPosition(context, 1, { length, count: length })];
  return item === undefined ? [] : [item];
}

function readTensors(context: EmitContext): readonly TensorValue[] {
  const items = readItems(context, 0);
  if (items.length === 0 || !items.every(isTensor)) throw context.unsupported("found a sequence without tensors");
  return items;
}

function emitConcatFromSequence(context: EmitContext): Value[] {
  const { builder } = context;
  const items = readTensors(context);
  const isNew = context.int("new_axis", 0) === 1;
  const axis = resolveAxis(context.int("axis"), (items[0]?.dims.length ?? 0) + (isNew ? 1 : 0));
  const shape = ({ dims }: TensorValue): readonly number[] => (isNew ? dims.toSpliced(axis, 0, 1) : dims);
  // Shapes are put together like this: they stay known.
  const known = items.filter((item) => item.kind === "host");
  if (axis === 0 && known.length === items.length) return [joinHosts(known.map((item) => reshapeHost(item, shape(item))))];
  return [builder.concatenate(items.map((item) => builder.reshape(context.materialize(item), shape(item))), axis)];
}

function joinHosts(values: readonly HostValue[]): HostValue {
  const length = values.reduce((sum, { dims }) => sum + (dims[0] ?? 0), 0);
  const [first] = values;
  return createHost(first?.type ?? "i64", [length, ...(first?.dims.slice(1) ?? [])], Buffer.concat(values.map(({ bytes }) => bytes)));
}

/** One length for all parts but the last, or the length of each; single rows where there is none. */
function resolveLengths(context: EmitContext, whole: number): number[] {
  const given = context.has(1) ? context.hostInts(1) : [1];
  if (context.has(1) && context.dims(1).length === 1) return given;
  const size = Math.max(1, given[0] ?? 1);
  return Array.from({ length: Math.ceil(whole / size) }, (_, i) => Math.min(size, whole - i * size));
}

function emitSplitToSequence(context: EmitContext): Value[] {
  const x = context.tensor(0);
  const axis = resolveAxis(context.int("axis", 0), x.dims.length);
  const isDropped = !context.has(1) && context.int("keepdims", 1) === 0;
  let start = 0;
  return [createSequence(resolveLengths(context, x.dims[axis] ?? 0).map((length) => {
    start += length;
    const dims = x.dims.with(axis, length);
    return cut(context, x, { axis, start: start - length, dims, kept: isDropped ? dims.toSpliced(axis, 1) : dims });
  }))];
}

interface Cut {
  axis: number;
  start: number;
  /** Of the part, and as it is handed on. */
  dims: readonly number[];
  kept: readonly number[];
}

function cut({ builder }: EmitContext, x: TensorValue, { axis, start, dims, kept }: Cut): TensorValue {
  if (x.kind === "data") return builder.reshape(builder.sliceAxis(x, axis, start, start + (dims[axis] ?? 0)), kept);
  const strides = resolveStrides(x.dims);
  return reshapeHost(walkElements(x, dims, { strides, offset: start * (strides[axis] ?? 1) }), kept);
}

function hasElement(context: EmitContext): boolean {
  if (!context.has(0)) return false;
  const value = context.value(0);
  return value.kind !== "optional" || value.value !== undefined;
}

function emitGetElement(context: EmitContext): Value[] {
  const given = context.value(0);
  const value = given.kind === "optional" ? given.value : given;
  if (value === undefined) throw context.unsupported("found an empty optional");
  return [value];
}

export const SEQUENCE: readonly Operator[] = [
  { op: "SequenceEmpty", since: 11, emit: () => [createSequence([])] },
  {
    op: "SequenceConstruct", since: 11,
    emit: (context) => [createSequence(Array.from({ length: context.inputCount }, (_, i) => context.value(i)))],
  },
  { op: "SequenceInsert", since: 11, emit: emitInsert },
  { op: "SequenceErase", since: 11, emit: emitErase },
  { op: "SequenceAt", since: 11, emit: emitAt },
  { op: "SequenceLength", since: 11, emit: (context) => [createInts([readItems(context, 0).length], [])] },
  { op: "ConcatFromSequence", since: 11, emit: emitConcatFromSequence },
  { op: "SplitToSequence", since: 11, emit: emitSplitToSequence },
  {
    op: "Optional", since: 15,
    emit: (context) => [{ kind: "optional", value: context.has(0) ? context.value(0) : undefined }],
  },
  { op: "OptionalHasElement", since: 15, emit: (context) => [createBooleans([], () => hasElement(context))] },
  { op: "OptionalGetElement", since: 15, emit: emitGetElement },
];
