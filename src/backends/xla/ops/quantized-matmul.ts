// Products of quantized matrices: MatMulInteger, QLinearMatMul, and MatMulNBits with its packed weights.
import { countElements } from "../convert/data-type.ts";
import type { DataType } from "../convert/data-type.ts";
import { dot } from "../convert/dot.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { createNumbers, findNumberArray, readNumbers } from "../convert/host-numbers.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue, HostValue } from "../convert/value.ts";
import { castValue } from "./cast.ts";
import { emitMatMul } from "./matmul.ts";
import { saturate } from "./quantization.ts";

/** Whole numbers up to here are exact in float32, and so are sums of this many products of two bytes. */
const EXACT = 2 ** 24;
const LARGEST_BYTE = 255;
const EXACT_TERMS = Math.floor(EXACT / LARGEST_BYTE ** 2);

/**
 * A matrix of bytes less its zero points, as float32: products of whole numbers are exact there as long as sums stay
 * small, and far faster than integer products on every device. Of weights it is computed once.
 */
function center(context: EmitContext, index: number, zeroIndex: number): DataValue {
  const { builder } = context;
  const [matrix, zeroPoint] = [context.findHost(index), context.findHost(zeroIndex)];
  if (matrix?.weight !== undefined && (zeroPoint !== undefined || !context.has(zeroIndex))) {
    return context.materialize(context.derive(`centered${index}`, () => centerHost(matrix, zeroPoint)));
  }
  const x = castValue(builder, context.data(index), "f32");
  const zero = context.findData(zeroIndex);
  if (zero === undefined) return x;
  const column = index === 0 && zero.dims.length === 1 ? builder.reshape(zero, [...zero.dims, 1]) : zero;
  return builder.combine("subtract", x, castValue(builder, column, "f32"));
}

/** Zero points: one, or one a column. */
function centerHost(matrix: HostValue, zeroPoint: HostValue | undefined): HostValue {
  const from = findNumberArray(matrix);
  const zeros = zeroPoint === undefined ? [0] : readNumbers(zeroPoint);
  return createNumbers("f32", matrix.dims, (i) => (from?.[i] ?? 0) - (zeros[i % zeros.length] ?? 0));
}

/** In parts of the inner dimension whose sums are exact; by a weight at once, where a sum past 2^24 may be rounded. */
function multiplyWhole(context: EmitContext, [a, aZero, b, bZero]: readonly [number, number, number, number]): DataValue {
  const { builder } = context;
  const [left, right] = [center(context, a, aZero), center(context, b, bZero)];
  const inner = left.dims.at(-1) ?? 0;
  const part = context.findHost(b)?.weight === undefined ? EXACT_TERMS : Math.max(1, inner);
  const axis = Math.max(0, right.dims.length - 2);
  const products = Array.from({ length: Math.max(1, Math.ceil(inner / part)) }, (_, i) => {
    const end = Math.min(inner, (i + 1) * part);
    const [x, y] = [builder.sliceAxis(left, left.dims.length - 1, i * part, end), builder.sliceAxis(right, axis, i * part, end)];
    return builder.convert(emitMatMul(builder, x, y), "i32");
  });
  return products.reduce((sum, product) => builder.binary("add", sum, product));
}

/** The product times `a_scale * b_scale / y_scale`, as bytes again. */
function emitQLinearMatMul(context: EmitContext): DataValue[] {
  const { builder } = context;
  const product = builder.convert(multiplyWhole(context, [0, 2, 3, 5]), "f32");
  const [left, right, result] = [1, 4, 6].map((index) => context.data(index));
  if (left === undefined || right === undefined || result === undefined) throw context.unsupported("a scale is missing");
  // One a row of the left matrix, one a column of the right one.
  const rows = countElements(left.dims) === 1 ? builder.reshape(left, []) : builder.reshape(left, [...left.dims, 1]);
  const columns = countElements(right.dims) === 1 ? builder.reshape(right, []) : right;
  const factor = builder.combine("divide", builder.combine("multiply", rows, columns), builder.reshape(result, []));
  const scaled = builder.combine("multiply", product, castValue(builder, factor, "f32"));
  const zeroPoint = castValue(builder, builder.reshape(context.data(7), []), "f32");
  return [saturate(builder, builder.combine("add", scaled, zeroPoint), context.type(7))];
}

/** `A x dequantized(B)ᵀ`: B is [N, blocks, bytes] with `bits` a number, low bits first, one scale a block of `block_size`. */
function emitMatMulNBits(context: EmitContext): DataValue[] {
  const { builder } = context;
  const a = context.data(0);
  if (context.has(4)) throw context.unsupported("the group indices of input 4 are not known");
  const type = a.type === "f32" ? builder.productType : a.type;
  const matrix = context.materialize(context.derive(`dequantized to ${type}`, () => dequantizeBits(context, type)));
  const product = dot(builder, a, matrix, { contracting: [[a.dims.length - 1], [1]] });
  const bias = context.findData(5);
  return [bias === undefined ? product : builder.combine("add", product, bias)];
}

/** [N, K], row by row as it is packed. */
function dequantizeBits(context: EmitContext, type: DataType): HostValue {
  const [K, N, bits, size] = [context.int("K"), context.int("N"), context.int("bits", 4), context.int("block_size")];
  const blocks = Math.ceil(K / size);
  const [packed, scales] = [context.host(1).bytes, context.hostFloats(2)];
  const readZero = createZeroPoints(context, { blocks, bits });
  const mask = 2 ** bits - 1;
  const perByte = 8 / bits;
  const values = new Float32Array(N * K);
  for (let row = 0; row < N * blocks; row++) {
    const [n, block] = [Math.floor(row / blocks), row % blocks];
    const [scale, zero, first] = [scales[row] ?? 0, readZero(n, block), n * K + block * size];
    const count = Math.min(size, K - block * size);
    for (let i = 0; i < count; i++) {
      const byte = packed[(row * size + i) / perByte | 0] ?? 0;
      values[first + i] = (((byte >> ((i % perByte) * bits)) & mask) - zero) * scale;
    }
  }
  return createNumbers(type, [N, K], (i) => values[i] ?? 0);
}

/** The middle of the range, packed like the weights with every row in whole bytes, or floats. */
function createZeroPoints(context: EmitContext, { blocks, bits }: { blocks: number; bits: number }): (n: number, block: number) => number {
  if (!context.has(3)) return () => 2 ** (bits - 1);
  const given = context.host(3);
  if (given.type !== "ui8") {
    const numbers = readNumbers(given);
    return (n, block) => numbers[n * blocks + block] ?? 0;
  }
  const { bytes } = given;
  const perByte = 8 / bits;
  const rowBytes = Math.ceil(blocks / perByte);
  const mask = 2 ** bits - 1;
  return (n, block) => ((bytes[n * rowBytes + Math.floor(block / perByte)] ?? 0) >> ((block % perByte) * bits)) & mask;
}

export const QUANTIZED_MATMUL: readonly Operator[] = [
  { op: "MatMulInteger", since: 10, emit: (context) => [multiplyWhole(context, [0, 2, 1, 3])] },
  { op: "QLinearMatMul", since: 10, emit: emitQLinearMatMul },
  { op: "MatMulNBits", domain: "com.microsoft", since: 1, emit: emitMatMulNBits },
];
