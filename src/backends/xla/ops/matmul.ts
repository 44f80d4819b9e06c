// Matrix products: MatMul, Gemm.
import { dot } from "../convert/dot.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import { resolveCommonDims } from "../convert/dims.ts";
import type { DataType } from "../convert/data-type.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";

/** As numpy's `matmul`: vectors are rows and columns that go away again, dimensions in front are stretched. */
export function emitMatMul(builder: ModuleBuilder, left: DataValue, right: DataValue, type?: DataType): DataValue {
  const a = left.dims.length === 1 ? builder.reshape(left, [1, ...left.dims]) : left;
  const b = right.dims.length === 1 ? builder.reshape(right, [...right.dims, 1]) : right;
  const product = multiply(builder, a, b, type);
  const dims = [...product.dims];
  if (right.dims.length === 1) dims.pop();
  if (left.dims.length === 1) dims.splice(dims.length - (right.dims.length === 1 ? 1 : 2), 1);
  return builder.reshape(product, dims);
}

function multiply(builder: ModuleBuilder, a: DataValue, b: DataValue, type: DataType | undefined): DataValue {
  const inner = a.dims.length - 1;
  if (a.dims[inner] !== b.dims[b.dims.length - 2]) throw new RangeError(`found shapes [${a.dims.join(", ")}] and [${b.dims.join(", ")}]`);
  const options = type === undefined ? {} : { type };
  // One matrix for all: no batch.
  if (b.dims.length === 2) return dot(builder, a, b, { contracting: [[inner], [0]], ...options });
  const batch = resolveCommonDims([a.dims.slice(0, -2), b.dims.slice(0, -2)]);
  const x = builder.broadcastTo(a, [...batch, ...a.dims.slice(-2)]);
  const y = builder.broadcastTo(b, [...batch, ...b.dims.slice(-2)]);
  const axes = batch.map((_, i) => i);
  return dot(builder, x, y, { batching: [axes, axes], contracting: [[batch.length + 1], [batch.length]], ...options });
}

/** alpha * A * B + beta * C, with A and B turned on request and C stretched. */
function emitGemm(context: EmitContext): DataValue[] {
  const { builder } = context;
  const [a, b] = [context.factor(0), context.factor(1)];
  const [alpha, beta] = [context.float("alpha", 1), context.float("beta", 1)];
  const sides = [context.int("transA", 0) === 1 ? 0 : 1, context.int("transB", 0) === 1 ? 1 : 0];
  const product = dot(builder, a, b, { contracting: [[sides[0] ?? 1], [sides[1] ?? 0]] });
  const scale = (x: DataValue, factor: number): DataValue => {
    return factor === 1 ? x : builder.combine("multiply", x, builder.scalar(x.type, factor));
  };
  const bias = context.findData(2);
  const scaled = scale(product, alpha);
  return [bias === undefined || beta === 0 ? scaled : builder.combine("add", scaled, scale(bias, beta))];
}

export const MATMUL: readonly Operator[] = [
  { op: "MatMul", since: 1, emit: (context) => [emitMatMul(context.builder, context.factor(0), context.factor(1))] },
  { op: "Gemm", since: 7, emit: emitGemm },
];
