// StableHLO operations that slide a window: convolution and reduce_window.
import { formatArray, formatList, formatPairs } from "./mlir-text.ts";
import { formatTypes, typeOf } from "./mlir-text.ts";
import type { ModuleBuilder } from "./module-builder.ts";
import type { DataType } from "./data-type.ts";
import type { DataValue } from "./value.ts";

export interface ConvolutionOptions {
  strides: readonly number[];
  pads: readonly (readonly [number, number])[];
  /** Zeros between the elements of `x`: 2 puts one there. */
  inputDilations?: readonly number[];
  kernelDilations?: readonly number[];
  groups?: number;
  /** Type of the result; that of `x` unless told otherwise. */
  type?: DataType;
}

/** `x` is [batch, channels, …spatial], `kernel` [output channels, channels of a group, …spatial], both as ONNX has them. */
export function convolve(builder: ModuleBuilder, x: DataValue, kernel: DataValue, options: ConvolutionOptions): DataValue {
  const { strides, pads, groups = 1 } = options;
  const ones = strides.map(() => 1);
  const { inputDilations = ones, kernelDilations = ones } = options;
  const dims = [x.dims[0] ?? 0, kernel.dims[0] ?? 0, ...strides.map((stride, i) => {
    const [low, high] = pads[i] ?? [0, 0];
    const length = low + high + dilate(x.dims[i + 2] ?? 0, inputDilations[i] ?? 1);
    return Math.max(0, Math.floor((length - dilate(kernel.dims[i + 2] ?? 0, kernelDilations[i] ?? 1)) / stride) + 1);
  })];
  const spatial = strides.map((_, i) => String(i));
  const layout = (first: string, second: string): string => `[${[first, second, ...spatial].join(", ")}]`;
  const window = `stride = ${formatList(strides)}, pad = ${formatPairs(pads)}, lhs_dilate = ${formatList(inputDilations)}, `
    + `rhs_dilate = ${formatList(kernelDilations)}, reverse = [${strides.map(() => "false").join(", ")}]`;
  const precision = `#stablehlo<precision ${builder.precision}>`;
  const attributes = `batch_group_count = 1 : i64, feature_group_count = ${groups} : i64, `
    + `precision_config = [${precision}, ${precision}]`;
  const type = options.type ?? x.type;
  const text = `stablehlo.convolution(${x.id}, ${kernel.id}) `
    + `dim_numbers = ${layout("b", "f")}x${layout("o", "i")}->${layout("b", "f")}, window = {${window}} {${attributes}}`;
  return builder.emit(`${text} : (${formatTypes([x, kernel])}) -> ${typeOf({ type, dims })}`, type, dims);
}

export interface WindowOptions {
  /** One number a dimension of the tensor, in all of these. */
  sizes: readonly number[];
  strides: readonly number[];
  pads: readonly (readonly [number, number])[];
  dilations?: readonly number[];
}

/** Reduces each window of all `values` alike; `combine` gets the accumulators, then the elements, all scalars. */
export function reduceWindow(
  builder: ModuleBuilder, values: readonly { x: DataValue; init: DataValue }[], options: WindowOptions,
  combine: (accumulators: DataValue[], elements: DataValue[]) => DataValue[],
): DataValue[] {
  const { sizes, strides, pads } = options;
  const ones = sizes.map(() => 1);
  const { dilations = ones } = options;
  const shape = values[0]?.x.dims ?? [];
  const dims = shape.map((dim, i) => {
    const [low, high] = pads[i] ?? [0, 0];
    return Math.max(0, Math.floor((low + dim + high - dilate(sizes[i] ?? 1, dilations[i] ?? 1)) / (strides[i] ?? 1)) + 1);
  });
  const scalars = values.map(({ x: { type } }) => ({ type, dims: [] }));
  const region = builder.region([...scalars, ...scalars], (block) => {
    return combine(block.slice(0, values.length), block.slice(values.length));
  });
  const operands = [...values.map(({ x }) => x), ...values.map(({ init }) => init)];
  const attributes = `window_dimensions = ${formatArray(sizes)}, window_strides = ${formatArray(strides)}, `
    + `base_dilations = ${formatArray(ones)}, window_dilations = ${formatArray(dilations)}, `
    + `padding = dense<${formatPairs(pads)}> : tensor<${sizes.length}x2xi64>`;
  const results = values.map(({ x: { type } }) => ({ type, dims }));
  const types = `(${formatTypes(operands)}) -> ${results.length === 1 ? formatTypes(results) : `(${formatTypes(results)})`}`;
  const ids = operands.map(({ id }) => id).join(", ");
  return builder.emitMany(`"stablehlo.reduce_window"(${ids}) <{${attributes}}> (${region}) : ${types}`, results);
}

/** Elements that a window of `size` spans when they lie `dilation` apart. */
export const dilate = (size: number, dilation: number): number => (size === 0 ? 0 : (size - 1) * dilation + 1);
