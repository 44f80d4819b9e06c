// Types and literals of StableHLO's text form.
import { countElements, elementBytes, isFloat, resolveCarrier } from "./data-type.ts";
import type { DataType } from "./data-type.ts";

/** "tensor<2x3xf32>" */
export const formatType = (type: DataType, dims: readonly number[]): string =>
  `tensor<${[...dims, resolveCarrier(type)].join("x")}>`;

/** "[0, 2]" */
export const formatList = (numbers: readonly number[]): string => `[${numbers.join(", ")}]`;

/** "array<i64: 1, 3>"; an empty one has no colon. */
export const formatArray = (numbers: readonly number[]): string =>
  numbers.length === 0 ? "array<i64>" : `array<i64: ${numbers.join(", ")}>`;

/** "[[0, 1], [2, 2]]" */
export const formatPairs = (pairs: readonly (readonly [number, number])[]): string =>
  `[${pairs.map(([low, high]) => `[${low}, ${high}]`).join(", ")}]`;

/** A number as one element of `type`: floats by their bits, which are exact and know infinity and NaN. */
export function formatNumber(type: DataType, value: number | bigint): string {
  if (type === "i1") return Number(value) !== 0 ? "true" : "false";
  if (!isFloat(type)) return String(value);
  return `0x${Buffer.from(encodeFloat(type, Number(value)).toReversed()).toString("hex").toUpperCase()}`;
}

/** The literal of a constant with these bytes: a splat where all elements are the same, otherwise its bytes in hex. */
export function formatDense(type: DataType, dims: readonly number[], bytes: Uint8Array): string {
  const count = countElements(dims);
  if (count === 0) return "dense<>";
  const size = elementBytes(type);
  const first = bytes.subarray(0, size);
  if (isSplat(bytes, size)) return `dense<${formatElement(type, first)}>`;
  if (type !== "i1") return `dense<"0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex")}">`;
  // Hex would be packed bits here.
  return `dense<${formatNested(Array.from(bytes, (byte) => (byte === 0 ? "false" : "true")), dims)}>`;
}

function formatNested(elements: readonly string[], dims: readonly number[]): string {
  const [dim, ...rest] = dims;
  if (dim === undefined) return elements[0] ?? "";
  const step = countElements(rest);
  const rows = Array.from({ length: dim }, (_, i) => formatNested(elements.slice(i * step, (i + 1) * step), rest));
  return `[${rows.join(", ")}]`;
}

function isSplat(bytes: Uint8Array, size: number): boolean {
  for (let i = size; i < bytes.length; i++) if (bytes[i] !== bytes[i - size]) return false;
  return true;
}

function formatElement(type: DataType, element: Uint8Array): string {
  const view = Buffer.from(element);
  if (type === "i1") return view[0] === 0 ? "false" : "true";
  if (isFloat(type)) return `0x${Buffer.from(element.toReversed()).toString("hex").toUpperCase()}`;
  const isSigned = resolveCarrier(type).startsWith("i");
  if (element.length === 8) return String(isSigned ? view.readBigInt64LE() : view.readBigUInt64LE());
  return String(isSigned ? view.readIntLE(0, element.length) : view.readUIntLE(0, element.length));
}

/** `value` rounded to nearest even, little-endian. */
export function encodeFloat(type: DataType, value: number): Uint8Array {
  if (type === "f64") return new Uint8Array(Float64Array.of(value).buffer);
  if (type === "f32") return new Uint8Array(Float32Array.of(value).buffer);
  if (type === "f16") return new Uint8Array(Float16Array.of(value).buffer);
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
  const rounded = Number.isNaN(value) ? 0x7fc0 : Math.floor((bits + 0x7fff + ((bits >>> 16) & 1)) / 65536);
  return new Uint8Array(Uint16Array.of(rounded).buffer);
}

export interface Shaped {
  type: DataType;
  dims: readonly number[];
}

export const typeOf = ({ type, dims }: Shaped): string => formatType(type, dims);
export const formatTypes = (values: readonly Shaped[]): string => values.map(typeOf).join(", ");

/** The kind of comparison that elements of `type` need. */
export const comparisonOf = (type: DataType): "FLOAT" | "UNSIGNED" | "SIGNED" => {
  const carrier = resolveCarrier(type);
  if (isFloat(carrier)) return "FLOAT";
  return carrier.startsWith("u") || carrier === "i1" ? "UNSIGNED" : "SIGNED";
};
