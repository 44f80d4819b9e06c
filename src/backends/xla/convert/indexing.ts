// StableHLO operations that pick and place elements: gather, scatter, slices at run-time positions, sort, top-k.
import { isSame } from "./dims.ts";
import { formatArray, formatList } from "./mlir-text.ts";
import { formatTypes, typeOf } from "./mlir-text.ts";
import type { ModuleBuilder } from "./module-builder.ts";
import type { DataValue } from "./value.ts";

/** As in StableHLO's specification of `gather`; positions outside are moved inside. */
export interface GatherDimensions {
  offsetDims: readonly number[];
  collapsedSliceDims: readonly number[];
  operandBatchingDims?: readonly number[];
  startIndicesBatchingDims?: readonly number[];
  startIndexMap: readonly number[];
  indexVectorDim: number;
  sliceSizes: readonly number[];
  isSorted?: boolean;
}

export function gather(builder: ModuleBuilder, operand: DataValue, indices: DataValue, options: GatherDimensions): DataValue {
  const { offsetDims, collapsedSliceDims, operandBatchingDims = [], startIndicesBatchingDims = [], sliceSizes } = options;
  const numbers = [
    `offset_dims = ${formatList(offsetDims)}`, `collapsed_slice_dims = ${formatList(collapsedSliceDims)}`,
    ...(operandBatchingDims.length === 0 ? [] : [
      `operand_batching_dims = ${formatList(operandBatchingDims)}`,
      `start_indices_batching_dims = ${formatList(startIndicesBatchingDims)}`,
    ]),
    `start_index_map = ${formatList(options.startIndexMap)}`, `index_vector_dim = ${options.indexVectorDim}`,
  ].join(", ");
  const skipped = new Set([...collapsedSliceDims, ...operandBatchingDims]);
  const window = sliceSizes.filter((_, i) => !skipped.has(i));
  const batch = indices.dims.filter((_, i) => i !== options.indexVectorDim);
  const dims = Array.from({ length: offsetDims.length + batch.length }, (_, i) => {
    return (offsetDims.includes(i) ? window.shift() : batch.shift()) ?? 0;
  });
  const attributes = `dimension_numbers = #stablehlo.gather<${numbers}>, slice_sizes = ${formatArray(sliceSizes)}, `
    + `indices_are_sorted = ${options.isSorted ?? false}`;
  const types = `(${formatTypes([operand, indices])}) -> ${typeOf({ type: operand.type, dims })}`;
  return builder.emit(`"stablehlo.gather"(${operand.id}, ${indices.id}) <{${attributes}}> : ${types}`, operand.type, dims);
}

/** Rows of `operand` along `axis`: dims before the axis, dims of `indices`, dims behind the axis. Indices are not negative. */
export function take(builder: ModuleBuilder, operand: DataValue, indices: DataValue, axis: number): DataValue {
  const rank = indices.dims.length;
  return gather(builder, operand, indices, {
    offsetDims: operand.dims.flatMap((_, i) => (i === axis ? [] : [i < axis ? i : i + rank - 1])),
    collapsedSliceDims: [axis], startIndexMap: [axis], indexVectorDim: rank,
    sliceSizes: operand.dims.map((dim, i) => (i === axis ? 1 : dim)),
  });
}

export interface ScatterDimensions {
  updateWindowDims: readonly number[];
  insertedWindowDims: readonly number[];
  inputBatchingDims?: readonly number[];
  scatterIndicesBatchingDims?: readonly number[];
  scatterDimsToOperandDims: readonly number[];
  indexVectorDim: number;
  isUnique?: boolean;
}

/** `combine` gets what lies there and the update, both scalars. Positions outside are skipped. */
export function scatter(
  builder: ModuleBuilder, [operand, indices, updates]: readonly [DataValue, DataValue, DataValue], options: ScatterDimensions,
  combine: (current: DataValue, update: DataValue) => DataValue,
): DataValue {
  const { inputBatchingDims = [], scatterIndicesBatchingDims = [] } = options;
  const numbers = [
    `update_window_dims = ${formatList(options.updateWindowDims)}`,
    `inserted_window_dims = ${formatList(options.insertedWindowDims)}`,
    ...(inputBatchingDims.length === 0 ? [] : [
      `input_batching_dims = ${formatList(inputBatchingDims)}`,
      `scatter_indices_batching_dims = ${formatList(scatterIndicesBatchingDims)}`,
    ]),
    `scatter_dims_to_operand_dims = ${formatList(options.scatterDimsToOperandDims)}`,
    `index_vector_dim = ${options.indexVectorDim}`,
  ].join(", ");
  const scalar = { type: operand.type, dims: [] };
  const region = builder.region([scalar, scalar], ([x, y]) => (x && y ? [combine(x, y)] : []));
  const attributes = `scatter_dimension_numbers = #stablehlo.scatter<${numbers}>, indices_are_sorted = false, `
    + `unique_indices = ${options.isUnique ?? false}`;
  const ids = [operand, indices, updates].map(({ id }) => id).join(", ");
  const types = `(${formatTypes([operand, indices, updates])}) -> ${typeOf(operand)}`;
  return builder.emit(`"stablehlo.scatter"(${ids}) <{${attributes}}> (${region}) : ${types}`, operand.type, operand.dims);
}

/** A part of fixed size at run-time positions, one integer scalar a dimension; moved inside where it would reach out. */
export function dynamicSlice(
  builder: ModuleBuilder, x: DataValue, starts: readonly DataValue[], sizes: readonly number[],
): DataValue {
  if (isSame(x.dims, sizes)) return x;
  const ids = [x, ...starts].map(({ id }) => id).join(", ");
  const types = `(${formatTypes([x, ...starts])}) -> ${typeOf({ type: x.type, dims: sizes })}`;
  return builder.emit(`stablehlo.dynamic_slice ${ids}, sizes = ${formatList(sizes)} : ${types}`, x.type, sizes);
}

export function dynamicUpdateSlice(
  builder: ModuleBuilder, x: DataValue, update: DataValue, starts: readonly DataValue[],
): DataValue {
  const ids = [x, update, ...starts].map(({ id }) => id).join(", ");
  const types = `(${formatTypes([x, update, ...starts])}) -> ${typeOf(x)}`;
  return builder.emit(`stablehlo.dynamic_update_slice ${ids} : ${types}`, x.type, x.dims);
}

/** Sorts all `values` along `axis` alike, stable. `isBefore` gets two scalars of each value, pair by pair: x0, y0, x1, y1, … */
export function sort(
  builder: ModuleBuilder, values: readonly DataValue[], axis: number, isBefore: (pairs: DataValue[]) => DataValue,
): DataValue[] {
  const scalars = values.flatMap(({ type }) => [{ type, dims: [] }, { type, dims: [] }]);
  const region = builder.region(scalars, (pairs) => [isBefore(pairs)]);
  const ids = values.map(({ id }) => id).join(", ");
  const types = `(${formatTypes(values)}) -> (${formatTypes(values)})`;
  return builder.emitMany(`"stablehlo.sort"(${ids}) <{dimension = ${axis} : i64, is_stable = true}> (${region}) : ${types}`, values);
}

/** The `count` largest along the last dimension, and their positions (i32); of equal ones the first comes first. */
export function topK(builder: ModuleBuilder, x: DataValue, count: number): [DataValue, DataValue] {
  const dims = [...x.dims.slice(0, -1), count];
  const results = [{ type: x.type, dims }, { type: "i32", dims }] as const;
  const [values, indices] = builder.emitMany(`chlo.top_k(${x.id}, k = ${count}) : ${typeOf(x)} -> (${formatTypes(results)})`, results);
  if (values === undefined || indices === undefined) throw new RangeError("Cannot emit top_k: found no results");
  return [values, indices];
}
