// 8-bit and 4-bit floats, which are carried as their bits: to float32 and back.
import type { DataType } from "../convert/data-type.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { DataValue } from "../convert/value.ts";

export interface EncodeOptions {
  /** What is too large becomes the largest number instead of infinity or NaN. */
  saturate: boolean;
  /** Of f8E8M0FNU, which has powers of two only. */
  roundMode?: string;
}

/** Largest finite number of the types that StableHLO converts to. */
const LARGEST: ReadonlyMap<DataType, number> = new Map([
  ["f8E4M3FN", 448], ["f8E4M3FNUZ", 240], ["f8E5M2", 57_344], ["f8E5M2FNUZ", 57_344],
]);

/** float32 of the same shape. */
export function decodeCode(builder: ModuleBuilder, x: DataValue): DataValue {
  const code: DataValue = { ...x, type: "ui8" };
  if (x.type === "f4E2M1FN") return decodeFourBits(builder, code);
  if (x.type === "f8E8M0FNU") return decodeExponent(builder, code);
  return builder.emit(convertForm(builder, code, x.type), "f32", x.dims);
}

/** Code of `type` for each float32. */
export function encodeCode(builder: ModuleBuilder, x: DataValue, type: DataType, options: EncodeOptions): DataValue {
  if (type === "f4E2M1FN") return { ...encodeFourBits(builder, x), type };
  if (type === "f8E8M0FNU") return { ...encodeExponent(builder, x, options), type };
  const largest = LARGEST.get(type) ?? 0;
  const clamped = options.saturate
    ? builder.combine("minimum", builder.combine("maximum", x, builder.scalar("f32", -largest)), builder.scalar("f32", largest))
    : x;
  const shape = x.dims.map((dim) => `${dim}x`).join("");
  const narrow = builder.emit(`stablehlo.convert ${clamped.id} : (tensor<${shape}f32>) -> tensor<${shape}${type}>`, "f32", x.dims);
  return { ...builder.emit(`stablehlo.bitcast_convert ${narrow.id} : (tensor<${shape}${type}>) -> tensor<${shape}ui8>`, "ui8", x.dims), type };
}

/** The only place where the types themselves stand in a program: between a bitcast and a conversion. */
function convertForm(builder: ModuleBuilder, code: DataValue, type: DataType): string {
  const shape = code.dims.map((dim) => `${dim}x`).join("");
  const narrow = builder.emit(`stablehlo.bitcast_convert ${code.id} : (tensor<${shape}ui8>) -> tensor<${shape}${type}>`, "ui8", code.dims);
  return `stablehlo.convert ${narrow.id} : (tensor<${shape}${type}>) -> tensor<${shape}f32>`;
}

/** Sign, two bits of exponent, one of mantissa: 0, 0.5, 1, 1.5, 2, 3, 4, 6. */
function decodeFourBits(builder: ModuleBuilder, code: DataValue): DataValue {
  const number = (value: number): DataValue => builder.scalar("f32", value);
  const bits = builder.convert(builder.combine("and", code, builder.scalar("ui8", 7)), "f32");
  const half = builder.combine("multiply", bits, number(0.5));
  const upper = builder.combine("subtract", bits, number(2));
  const top = builder.combine("subtract", builder.combine("multiply", bits, number(2)), number(8));
  const size = builder.select(
    builder.compare("LT", bits, number(5)), half, builder.select(builder.compare("LT", bits, number(7)), upper, top),
  );
  return builder.select(builder.compare("GE", code, builder.scalar("ui8", 8)), builder.unary("negate", size), size);
}

function encodeFourBits(builder: ModuleBuilder, x: DataValue): DataValue {
  const number = (value: number): DataValue => builder.scalar("f32", value);
  const scale = (value: DataValue, factor: number): DataValue => builder.combine("multiply", value, number(factor));
  const round = (value: DataValue): DataValue => builder.unary("round_nearest_even", value);
  const size = builder.combine("minimum", builder.unary("abs", x), number(6));
  // Steps of 0.5 below 2, of 1 below 4, of 2 above: the code goes up by one with each.
  const code = builder.select(
    builder.compare("LE", size, number(2)), round(scale(size, 2)),
    builder.select(
      builder.compare("LE", size, number(4)), builder.combine("add", round(size), number(2)),
      builder.combine("add", round(scale(size, 0.5)), number(4)),
    ),
  );
  const sign = builder.bitcast(x, "i32");
  const isNegative = builder.compare("LT", sign, builder.scalar("i32", 0));
  const signed = builder.select(isNegative, builder.combine("add", code, number(8)), code);
  const isNan = builder.compare("NE", x, x);
  return builder.convert(builder.select(isNan, number(8), signed), "ui8");
}

/** 2^(code - 127); 255 is NaN. The code is the exponent of a float32, but 0, which is below its smallest one. */
function decodeExponent(builder: ModuleBuilder, code: DataValue): DataValue {
  const bits = builder.combine("shift_left", builder.convert(code, "ui32"), builder.splat("ui32", code.dims, 23));
  const power = builder.bitcast(bits, "f32");
  const positive = builder.select(builder.compare("EQ", code, builder.scalar("ui8", 0)), builder.scalar("f32", 2 ** -127), power);
  return builder.select(builder.compare("EQ", code, builder.scalar("ui8", 255)), builder.scalar("f32", Number.NaN), positive);
}

function encodeExponent(builder: ModuleBuilder, x: DataValue, { saturate, roundMode = "up" }: EncodeOptions): DataValue {
  const word = (value: number): DataValue => builder.scalar("ui32", value);
  const bits = builder.bitcast(x, "ui32");
  const exponent = builder.combine("and", builder.combine("shift_right_logical", bits, word(23)), word(255));
  const fraction = builder.combine("and", bits, word(0x7fffff));
  const isUp = roundMode === "down" ? undefined : findRounding(builder, { exponent, fraction }, roundMode);
  const raised = isUp === undefined ? exponent : builder.combine("add", exponent, builder.convert(isUp, "ui32"));
  const largest = saturate ? builder.combine("minimum", raised, word(254)) : raised;
  const isSpecial = builder.compare("EQ", exponent, word(255));
  return builder.convert(builder.select(isSpecial, word(255), largest), "ui8");
}

function findRounding(
  builder: ModuleBuilder, { exponent, fraction }: { exponent: DataValue; fraction: DataValue }, roundMode: string,
): DataValue {
  const word = (value: number): DataValue => builder.scalar("ui32", value);
  if (roundMode === "up") return builder.compare("GT", fraction, word(0));
  const half = word(0x400000);
  // Half of the way goes up, but to the smallest number.
  const isTie = builder.combine("and", builder.compare("EQ", fraction, half), builder.compare("GT", exponent, word(0)));
  return builder.combine("or", builder.compare("GT", fraction, half), isTie);
}
