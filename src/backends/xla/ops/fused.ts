// Small fusions of ONNX Runtime's optimizer, all of com.microsoft: FastGelu, BiasGelu, QuickGelu, FusedMatMul.
import type { EmitContext } from "../convert/emit-context.ts";
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { emitGelu } from "./activation.ts";
import { emitMatMul } from "./matmul.ts";

const domain = "com.microsoft";

/** Small floats are computed in float32. */
function inFloat32({ builder }: EmitContext, x: DataValue, emit: (x: DataValue) => DataValue): DataValue {
  const isSmall = x.type === "f16" || x.type === "bf16";
  return isSmall ? builder.convert(emit(builder.convert(x, "f32")), x.type) : emit(x);
}

function emitBiasedGelu(context: EmitContext, approximate: "none" | "tanh"): DataValue[] {
  const { builder } = context;
  const [x, bias] = [context.data(0), context.findData(1)];
  const sum = bias === undefined ? x : builder.combine("add", x, bias);
  return [inFloat32(context, sum, (value) => emitGelu(builder, value, approximate))];
}

/** x * sigmoid(alpha * x) */
function emitQuickGelu(context: EmitContext): DataValue[] {
  const { builder } = context;
  return [inFloat32(context, context.data(0), (x) => {
    const scaled = builder.combine("multiply", x, builder.scalar(x.type, context.float("alpha", 1.702)));
    return builder.binary("multiply", x, builder.unary("logistic", scaled));
  })];
}

function emitFusedMatMul(context: EmitContext): DataValue[] {
  const { builder } = context;
  if (context.int("transBatchA", 0) === 1 || context.int("transBatchB", 0) === 1) throw context.unsupported("batches are turned");
  const side = (index: number, name: string): DataValue => {
    const x = context.data(index);
    return context.int(name, 0) === 1 ? turn(builder, x) : x;
  };
  const product = emitMatMul(builder, side(0, "transA"), side(1, "transB"));
  return [builder.combine("multiply", product, builder.scalar(product.type, context.float("alpha", 1)))];
}

/** Rows and columns change places; a vector stays as it is. */
function turn(builder: ModuleBuilder, x: DataValue): DataValue {
  const rank = x.dims.length;
  if (rank < 2) return x;
  return builder.transpose(x, [...x.dims.map((_, i) => i).slice(0, -2), rank - 1, rank - 2]);
}

export const FUSED: readonly Operator[] = [
  { op: "FastGelu", domain, since: 1, emit: (context) => emitBiasedGelu(context, "tanh") },
  { op: "BiasGelu", domain, since: 1, emit: (context) => emitBiasedGelu(context, "none") },
  { op: "QuickGelu", domain, since: 1, emit: emitQuickGelu },
  { op: "FusedMatMul", domain, since: 1, emit: emitFusedMatMul },
];
