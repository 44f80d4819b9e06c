// The one table of operators: domain, name and opset range to an emitter. To add one: a file of this folder with its rows,
// and a line in `OPERATORS`. specs/005-xla/operators.md says what an emitter has to work with.
import type { Operator } from "../convert/operator.ts";
import type { OnnxNode } from "../onnx/onnx-model.ts";
import { ACTIVATION } from "./activation.ts";
import { ARITHMETIC } from "./arithmetic.ts";
import { ATTENTION } from "./attention.ts";
import { CAST } from "./cast.ts";
import { COL2IM } from "./col2im.ts";
import { COMPARISON } from "./comparison.ts";
import { COMPRESS } from "./compress.ts";
import { CONCATENATION } from "./concatenation.ts";
import { CONSTANT } from "./constant.ts";
import { DEFORM_CONV } from "./deform-conv.ts";
import { DETERMINANT } from "./determinant.ts";
import { FEATURES } from "./features.ts";
import { FOURIER } from "./fourier.ts";
import { FUSED } from "./fused.ts";
import { GATHER } from "./gather.ts";
import { GRID_SAMPLE } from "./grid-sample.ts";
import { GROUP_QUERY_ATTENTION } from "./group-query-attention.ts";
import { MATMUL } from "./matmul.ts";
import { MICROSOFT_ATTENTION } from "./microsoft-attention.ts";
import { NORMALIZATION } from "./normalization.ts";
import { ROI_ALIGN } from "./roi-align.ts";
import { RESHAPE } from "./reshape.ts";
import { QUANTIZATION } from "./quantization.ts";
import { QUANTIZED_MATMUL } from "./quantized-matmul.ts";
import { REDUCTION } from "./reduction.ts";
import { ROTARY_EMBEDDING } from "./rotary-embedding.ts";
import { SCAN } from "./scan.ts";
import { SEQUENCE } from "./sequence.ts";
import { SHAPE } from "./shape.ts";
import { SIGNAL_WINDOWS } from "./signal-windows.ts";
import { SKIP_NORMALIZATION } from "./skip-normalization.ts";
import { SLICE } from "./slice.ts";
import { SOFTMAX } from "./softmax.ts";
import { TRANSPOSE } from "./transpose.ts";
import { UNARY } from "./unary.ts";
import { CONTROL_FLOW } from "./control-flow.ts";
import { CONVOLUTION } from "./convolution.ts";
import { LINEAR_ATTENTION } from "./linear-attention.ts";
import { LOSSES } from "./losses.ts";
import { POOLING } from "./pooling.ts";
import { RECURRENT } from "./recurrent.ts";
import { RESIZE } from "./resize.ts";
import { CUMULATIVE } from "./cumulative.ts";
import { ORDER } from "./order.ts";
import { OPTIMIZERS } from "./optimizers.ts";
import { PAD } from "./pad.ts";
import { PATTERN } from "./pattern.ts";
import { REARRANGE } from "./rearrange.ts";
import { SCATTER } from "./scatter.ts";
import { CHANNEL_NORMALIZATION } from "./channel-normalization.ts";
import { EINSUM } from "./einsum.ts";

const OPERATORS: readonly Operator[] = [
  ...EINSUM,
  ...CHANNEL_NORMALIZATION,
  ...SCATTER,
  ...REARRANGE,
  ...PATTERN,
  ...OPTIMIZERS,
  ...PAD,
  ...ORDER,
  ...CUMULATIVE,
  ...ACTIVATION,
  ...ARITHMETIC,
  ...ATTENTION,
  ...CAST,
  ...COL2IM,
  ...COMPARISON,
  ...COMPRESS,
  ...CONCATENATION,
  ...CONSTANT,
  ...DEFORM_CONV,
  ...DETERMINANT,
  ...FEATURES,
  ...FOURIER,
  ...FUSED,
  ...GATHER,
  ...GRID_SAMPLE,
  ...GROUP_QUERY_ATTENTION,
  ...MATMUL,
  ...MICROSOFT_ATTENTION,
  ...NORMALIZATION,
  ...QUANTIZATION,
  ...QUANTIZED_MATMUL,
  ...REDUCTION,
  ...ROI_ALIGN,
  ...RESHAPE,
  ...ROTARY_EMBEDDING,
  ...SCAN,
  ...SEQUENCE,
  ...SHAPE,
  ...SIGNAL_WINDOWS,
  ...SKIP_NORMALIZATION,
  ...SLICE,
  ...SOFTMAX,
  ...TRANSPOSE,
  ...UNARY,
  ...RESIZE,
  ...RECURRENT,
  ...POOLING,
  ...LINEAR_ATTENTION,
  ...LOSSES,
  ...CONTROL_FLOW,
  ...CONVOLUTION,
];

const ROWS = Map.groupBy(OPERATORS, ({ domain = "", op }) => `${domain}:${op}`);

/** The row that counts for a node; `undefined` when the operator or its opset is not known. */
export function findOperator({ domain, op, opset }: Pick<OnnxNode, "domain" | "op" | "opset">): Operator | undefined {
  const rows = ROWS.get(`${domain}:${op}`)?.filter(({ since }) => since <= opset) ?? [];
  return rows.reduce<Operator | undefined>((best, row) => (best === undefined || row.since >= best.since ? row : best), undefined);
}
