// Conversion between element types.
import { findDataType, isCode, isFloat, isInteger, resolveCarrier } from "../convert/data-type.ts";
import type { DataType } from "../convert/data-type.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { foldCast } from "../convert/fold-elements.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue, HostValue } from "../convert/value.ts";
import { decodeCode, encodeCode } from "./small-floats.ts";
import type { EncodeOptions } from "./small-floats.ts";

/** As Cast converts: floats are cut towards zero, integers wrap, whatever is not zero is true. */
export function castValue(builder: ModuleBuilder, x: DataValue, type: DataType, options: EncodeOptions = { saturate: true }): DataValue {
  if (x.type === type) return x;
  if (isCode(x.type)) return castValue(builder, decodeCode(builder, x), type, options);
  if (isCode(type)) return encodeCode(builder, castValue(builder, x, "f32"), type, options);
  const bits = NARROW_BITS.get(type);
  if (bits !== undefined) return narrow(builder, x, { type, bits });
  if (type === "i1") return builder.compare("NE", x, builder.scalar(x.type, 0));
  // A float below zero has no unsigned integer: through a signed one it wraps as it does in C.
  if (isFloat(x.type) && isInteger(type) && type !== "i64" && type !== "ui64" && type !== "i32") {
    return builder.convert(builder.convert(x, type === "ui32" ? "i64" : "i32"), type);
  }
  return builder.convert(x, type);
}

const NARROW_BITS: ReadonlyMap<DataType, number> = new Map([["i4", 4], ["ui4", 4], ["i2", 2], ["ui2", 2]]);

/** The low bits, with their sign spread over the byte for signed types. */
function narrow(builder: ModuleBuilder, x: DataValue, { type, bits }: { type: DataType; bits: number }): DataValue {
  const byte = resolveCarrier(type);
  const wide = builder.convert(isInteger(x.type) || x.type === "i1" ? x : builder.convert(x, "i32"), byte);
  const shift = builder.splat(byte, wide.dims, 8 - bits);
  const high = builder.binary("shift_left", wide, shift);
  const low = builder.binary(byte === "i8" ? "shift_right_arithmetic" : "shift_right_logical", high, shift);
  return { ...low, type };
}

function resolveTarget(context: EmitContext): DataType {
  if (context.node.op === "CastLike") return context.type(1);
  const type = findDataType(context.int("to"));
  if (type === undefined) throw context.unsupported(`the element type ${context.int("to")} is not known`);
  return type;
}

function foldTo(context: EmitContext): HostValue[] | undefined {
  const type = resolveTarget(context);
  if (isCode(type) || isCode(context.type(0))) return undefined;
  const result = foldCast(context, context.host(0), type);
  return result && [result];
}

function emitCast(context: EmitContext): DataValue[] {
  const options = { saturate: context.int("saturate", 1) !== 0, roundMode: context.string("round_mode", "up") };
  return [castValue(context.builder, context.data(0), resolveTarget(context), options)];
}

/** The same bits; only between types of one size. */
function emitBitCast(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [x, type] = [context.data(0), resolveTarget(context)];
  if (x.type === "i1") return [builder.convert(builder.convert(x, "ui8"), type)];
  if (type === "i1") return [builder.compare("NE", x, builder.scalar(x.type, 0))];
  return [resolveCarrier(type) === resolveCarrier(x.type) ? { ...x, type } : builder.bitcast(x, type)];
}

export const CAST: readonly Operator[] = [
  { op: "Cast", since: 6, emit: emitCast, fold: foldTo },
  // Its second input gives the type alone: it may be data.
  { op: "CastLike", since: 15, emit: emitCast, fold: foldTo },
  { op: "BitCast", since: 1, emit: emitBitCast },
];
