// Windows of signals (Hann, Hamming, Blackman) and MelWeightMatrix: numbers that follow from a few sizes.
import { findDataType } from "../convert/data-type.ts";
import type { DataType } from "../convert/data-type.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { createNumbers } from "../convert/host-numbers.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue, HostValue } from "../convert/value.ts";
import { castValue } from "./cast.ts";

function resolveType(context: EmitContext): DataType {
  const number = context.int("output_datatype", 1);
  const type = findDataType(number);
  if (type === undefined) throw context.unsupported(`the element type ${number} is not known`);
  return type;
}

/** `a0 - a1 cos(2πn/N) + a2 cos(4πn/N)`; N is the size, less one unless the window is periodic. */
function emitWindow(context: EmitContext, [a0, a1, a2]: readonly [number, number, number]): DataValue[] {
  const { builder } = context;
  const size = context.hostInts(0)[0] ?? 0;
  const span = context.int("periodic", 1) === 1 ? size : size - 1;
  const place = builder.iota("f64", [size], 0);
  const number = (value: number): DataValue => builder.splat("f64", [size], value);
  const wave = (turns: number, factor: number): DataValue => {
    const angle = builder.binary("multiply", place, number((2 * Math.PI * turns) / span));
    return builder.binary("multiply", builder.unary("cosine", angle), number(factor));
  };
  const sum = builder.binary("add", builder.binary("add", wave(1, -a1), wave(2, a2)), number(a0));
  return [castValue(builder, sum, resolveType(context))];
}

const toMel = (hertz: number): number => 2595 * Math.log10(1 + hertz / 700);
const toHertz = (mel: number): number => 700 * (10 ** (mel / 2595) - 1);

/** Triangles on the mel scale, one a column, over the frequencies of a transform. */
function emitMelWeights(context: EmitContext): HostValue[] {
  const [bins = 0, length = 0, rate = 1] = [0, 1, 2].map((index) => context.hostInts(index)[0] ?? 0);
  const [lowest = 0, highest = 0] = [3, 4].map((index) => toMel(context.hostFloats(index)[0] ?? 0));
  // The specification steps by the number of edges, which are bins + 2.
  const step = (highest - lowest) / (bins + 2);
  const edges = Array.from({ length: bins + 2 }, (_, i) => Math.floor(((length + 1) * toHertz(lowest + i * step)) / rate));
  return [createNumbers(resolveType(context), [Math.floor(length / 2) + 1, bins], (i) => {
    const [row, column] = [Math.floor(i / bins), i % bins];
    return weigh(row, [edges[column] ?? 0, edges[column + 1] ?? 0, edges[column + 2] ?? 0]);
  })];
}

function weigh(row: number, [left, center, right]: readonly [number, number, number]): number {
  if (row >= center && row < right) return (right - row) / (right - center);
  if (row === center) return 1;
  return row >= left && row < center ? (row - left) / (center - left) : 0;
}

export const SIGNAL_WINDOWS: readonly Operator[] = [
  { op: "HannWindow", since: 17, emit: (context) => emitWindow(context, [0.5, 0.5, 0]) },
  { op: "HammingWindow", since: 17, emit: (context) => emitWindow(context, [25 / 46, 21 / 46, 0]) },
  { op: "BlackmanWindow", since: 17, emit: (context) => emitWindow(context, [0.42, 0.5, 0.08]) },
  { op: "MelWeightMatrix", since: 17, emit: emitMelWeights },
];
