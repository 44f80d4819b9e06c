// DFT and STFT, in float64: sums of many waves that cancel out are what they are made of. Complex numbers live only
// between the operations of one transform.
import { resolveAxis } from "../convert/dims.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { take } from "../convert/indexing.ts";
import { formatArray, typeOf } from "../convert/mlir-text.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { castValue } from "./cast.ts";

/** Real and imaginary parts; a real signal has no imaginary ones. */
interface Signal {
  real: DataValue;
  imaginary: DataValue | undefined;
}

/** `x` ends in one column (real) or two (real, imaginary), which go away. */
function readSignal(builder: ModuleBuilder, x: DataValue): Signal {
  const last = x.dims.length - 1;
  const part = (i: number): DataValue => builder.reshape(builder.sliceAxis(x, last, i, i + 1), x.dims.slice(0, -1));
  return { real: part(0), imaginary: x.dims[last] === 2 ? part(1) : undefined };
}

/** The last dimension of exactly this length: cut off or filled with zeros. */
function fit(builder: ModuleBuilder, x: DataValue, length: number): DataValue {
  const axis = x.dims.length - 1;
  const missing = length - (x.dims[axis] ?? 0);
  if (missing <= 0) return builder.sliceAxis(x, axis, 0, length);
  const none = x.dims.map(() => 0);
  return builder.pad(x, builder.scalar(x.type, 0), { low: none, high: none.with(axis, missing) });
}

/** "tensor<2x8xcomplex<f32>>" */
const complexTypeOf = (x: Pick<DataValue, "type" | "dims">): string => `tensor<${[...x.dims, `complex<${x.type}>`].join("x")}>`;

type Kind = "FFT" | "IFFT" | "IRFFT";

/** Over the last dimension, of `length` points; IRFFT takes its first half and gives real numbers alone. */
function transform(builder: ModuleBuilder, { real, imaginary }: Signal, { kind, length }: { kind: Kind; length: number }): Signal {
  const taken = kind === "IRFFT" ? Math.floor(length / 2) + 1 : length;
  const a = fit(builder, real, taken);
  const b = imaginary === undefined ? builder.splat(a.type, a.dims, 0) : fit(builder, imaginary, taken);
  const pair = builder.emit(`stablehlo.complex ${a.id}, ${b.id} : ${complexTypeOf(a)}`, a.type, a.dims);
  const dims = a.dims.with(a.dims.length - 1, length);
  const result = kind === "IRFFT" ? typeOf({ type: a.type, dims }) : complexTypeOf({ type: a.type, dims });
  const attributes = `{fft_type = #stablehlo<fft_type ${kind}>, fft_length = ${formatArray([length])}}`;
  const found = builder.emit(`"stablehlo.fft"(${pair.id}) <${attributes}> : (${complexTypeOf(a)}) -> ${result}`, a.type, dims);
  if (kind === "IRFFT") return { real: found, imaginary: undefined };
  const part = (op: "real" | "imag"): DataValue =>
    builder.emit(`stablehlo.${op} ${found.id} : (${result}) -> ${typeOf(found)}`, found.type, dims);
  return { real: part("real"), imaginary: part("imag") };
}

/** Real numbers, or pairs, in a last dimension of their own. */
function joinParts(builder: ModuleBuilder, { real, imaginary }: Signal): DataValue {
  const parts = imaginary === undefined ? [real] : [real, imaginary];
  return builder.concatenate(parts.map((part) => builder.reshape(part, [...part.dims, 1])), real.dims.length);
}

const mapSignal = ({ real, imaginary }: Signal, map: (x: DataValue) => DataValue): Signal =>
  ({ real: map(real), imaginary: imaginary && map(imaginary) });

/** The axis is an attribute up to opset 19, then an input. */
function emitDft(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const given = context.opset < 20 ? context.int("axis", 1) : context.has(2) ? (context.hostInts(2)[0] ?? -2) : -2;
  const axis = resolveAxis(given, x.dims.length);
  const [isInverse, isOneSided] = [context.int("inverse", 0) === 1, context.int("onesided", 0) === 1];
  const points = x.dims[axis] ?? 0;
  const own = isInverse && isOneSided ? 2 * (points - 1) : points;
  const length = context.has(1) ? (context.hostInts(1)[0] ?? own) : own;
  const kind = isInverse ? (isOneSided ? "IRFFT" : "IFFT") : "FFT";
  const rank = x.dims.length - 1;
  const axes = x.dims.map((_, i) => i).slice(0, -1);
  const signal = readSignal(builder, castValue(builder, x, "f64"));
  const turned = mapSignal(signal, (part) => builder.transpose(part, [...axes.toSpliced(axis, 1), axis]));
  const result = transform(builder, turned, { kind, length });
  const wanted = isOneSided && !isInverse ? Math.floor(length / 2) + 1 : length;
  const back = axes.slice(0, -1).toSpliced(axis, 0, rank - 1);
  const shown = mapSignal(result, (part) => builder.transpose(builder.sliceAxis(part, rank - 1, 0, wanted), back));
  return [castValue(builder, joinParts(builder, shown), x.type)];
}

/** Frames of [batch, samples, 1 or 2], one `step` behind the other, each times a window: [batch, frames, frequencies, 2]. */
function emitStft(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const step = context.hostInts(1)[0] ?? 1;
  const window = context.findData(2);
  const samples = x.dims[1] ?? 0;
  const length = context.has(3) ? (context.hostInts(3)[0] ?? samples) : (window?.dims[0] ?? samples);
  const grid = [Math.floor((samples - length) / step) + 1, length];
  const start = builder.binary("multiply", builder.iota("i64", grid, 0), builder.splat("i64", grid, step));
  const places = builder.binary("add", start, builder.iota("i64", grid, 1));
  const signal = readSignal(builder, castValue(builder, x, "f64"));
  const frames = mapSignal(signal, (part) => {
    const cut = take(builder, part, places, 1);
    return window === undefined ? cut : builder.combine("multiply", cut, castValue(builder, window, cut.type));
  });
  const wanted = context.int("onesided", 1) === 1 ? Math.floor(length / 2) + 1 : length;
  const result = mapSignal(transform(builder, frames, { kind: "FFT", length }), (part) => builder.sliceAxis(part, 2, 0, wanted));
  return [castValue(builder, joinParts(builder, result), x.type)];
}

export const FOURIER: readonly Operator[] = [
  { op: "DFT", since: 17, emit: emitDft },
  { op: "STFT", since: 17, emit: emitStft },
];
