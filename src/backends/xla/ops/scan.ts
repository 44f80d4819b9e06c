// Scan and SequenceMap: a body for each row of some tensors, or for each item of a sequence.
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { dynamicSlice } from "../convert/indexing.ts";
import { readBigInts } from "../convert/host-numbers.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue, TensorValue, Value } from "../convert/value.ts";
import { emitIterations, stack, toData } from "./iterations.ts";
import { readItems } from "./sequence.ts";

interface ScanInput {
  x: DataValue;
  axis: number;
  isBackward: boolean;
}

/** Row `index` of an input, counted from the end where it is read backwards. */
function takeRow({ builder }: EmitContext, { x, axis, isBackward }: ScanInput, index: TensorValue): DataValue {
  const length = x.dims[axis] ?? 0;
  const dims = x.dims.toSpliced(axis, 1);
  if (index.kind === "host") {
    const at = Number(readBigInts(index)[0] ?? 0n);
    const place = isBackward ? length - 1 - at : at;
    return builder.reshape(builder.sliceAxis(x, axis, place, place + 1), dims);
  }
  const place = isBackward ? builder.binary("subtract", builder.scalar(index.type, length - 1), index) : index;
  const zero = builder.scalar(index.type, 0);
  return builder.reshape(dynamicSlice(builder, x, x.dims.map((_, i) => (i === axis ? place : zero)), x.dims.with(axis, 1)), dims);
}

interface ScanValues {
  state: readonly Value[];
  scanned: readonly DataValue[];
}

/** `directions` is the name of the attribute, which changed with opset 9. */
function runScan(context: EmitContext, { state, scanned }: ScanValues, directions: string): DataValue[] {
  const { builder } = context;
  const body = context.graph("body");
  const count = body.outputs.length - state.length;
  const flags = context.ints(directions, []);
  const axes = context.ints("scan_input_axes", []);
  const inputs = scanned.map((x, i) => ({ x, axis: resolveAxis(axes[i] ?? 0, x.dims.length), isBackward: flags[i] === 1 }));
  const [first] = inputs;
  const results = emitIterations(context, {
    count: first?.x.dims[first.axis] ?? 0, condition: true, state, outputs: count,
    refuse: () => context.unsupported("a state is no tensor"),
    body(index, values) {
      const outputs = context.emitGraph(body, [...values, ...inputs.map((input) => takeRow(context, input, index))]);
      return { condition: true, state: outputs.slice(0, state.length), items: outputs.slice(state.length) };
    },
  });
  const [outAxes, outFlags] = [context.ints("scan_output_axes", []), context.ints("scan_output_directions", [])];
  return [...results.state.map((value) => toData(context, value)), ...results.outputs.map((output, i) => {
    if (output === undefined) throw context.unsupported("found no rows");
    const axis = resolveAxis(outAxes[i] ?? 0, output.dims.length);
    const order = output.dims.map((_, at) => at).slice(1).toSpliced(axis, 0, 0);
    return builder.transpose(outFlags[i] === 1 ? builder.reverse(output, [0]) : output, order);
  })];
}

function emitScan(context: EmitContext): DataValue[] {
  const count = context.int("num_scan_inputs");
  const values = context.allData();
  return runScan(context, { state: values.slice(0, -count), scanned: values.slice(-count) }, "scan_input_directions");
}

/** Of opset 8: every tensor has a batch in front, whose rows know nothing of each other. */
function emitBatchScan(context: EmitContext): DataValue[] {
  const { builder } = context;
  if (context.has(0)) throw context.unsupported("input \"sequence_lens\" is not known");
  const count = context.int("num_scan_inputs");
  const values = context.allData(1);
  const row = (i: number) => (x: DataValue): DataValue => builder.reshape(builder.sliceAxis(x, 0, i, i + 1), x.dims.slice(1));
  const rows = Array.from({ length: values[0]?.dims[0] ?? 0 }, (_, i) => {
    const state = values.slice(0, -count).map(row(i));
    return runScan(context, { state, scanned: values.slice(-count).map(row(i)) }, "directions");
  });
  const [first = []] = rows;
  return first.flatMap((_, i) => stack(context, rows.flatMap((results) => results.slice(i, i + 1))) ?? []);
}

/** Other inputs than the first are sequences as long as it is, or the same for every item. */
function emitSequenceMap(context: EmitContext): Value[] {
  const body = context.graph("body");
  const others = Array.from({ length: context.inputCount - 1 }, (_, i) => context.value(i + 1));
  const rows = readItems(context, 0).map((item, i) => {
    const inputs = others.map((other) => (other.kind === "sequence" ? other.items[i] : other));
    if (!inputs.every((value) => value !== undefined)) throw context.unsupported("found sequences of different lengths");
    return context.emitGraph(body, [item, ...inputs]);
  });
  return body.outputs.map((_, at) => ({ kind: "sequence", items: rows.flatMap((values) => values.slice(at, at + 1)) }));
}

export const SCAN: readonly Operator[] = [
  { op: "Scan", since: 8, emit: emitBatchScan },
  { op: "Scan", since: 9, emit: emitScan },
  { op: "SequenceMap", since: 17, emit: emitSequenceMap },
];
