// Tensors that a batch of texts fills, in the order of a graph's inputs.
import { createGrowingBuffer } from "../../ffi/memory.ts";
import type { GrowingBuffer } from "../../ffi/memory.ts";
import type { TensorInput } from "../../ffi/ort/session.ts";
import type { TokenBatch } from "../../tensor.ts";
import { cellBytes, resolveCellInputs, writeCells } from "../token-cells.ts";
import type { CellInput, GraphInput, Grid } from "../token-cells.ts";

/** The inputs in the session's order. */
export interface TokenInputs {
  inputs: readonly (CellInput & { buffer: GrowingBuffer })[];
  /** The length to which every text is padded, where the graph is fixed to one. */
  fixedLength: number | undefined;
}

/** Throws `model_load_failed` when an input can not be filled from a text. */
export function resolveTokenInputs(infos: readonly GraphInput[]): TokenInputs {
  const { inputs, fixedLength } = resolveCellInputs(infos);
  return { inputs: inputs.map((input) => ({ ...input, buffer: createGrowingBuffer() })), fixedLength };
}

/** Throws `RangeError` when a text is longer than the session was opened for. */
export function resolveGrid({ fixedLength }: Pick<TokenInputs, "fixedLength">, { lengths }: TokenBatch): Grid {
  const longest = Math.max(...lengths);
  if (fixedLength === undefined || longest <= fixedLength) return { count: lengths.length, longest: fixedLength ?? longest };
  throw new RangeError(`Cannot run batch: found a text of ${longest} tokens, its graph is fixed to ${fixedLength}`);
}

/** Writes the batch into the inputs' own buffers; the tensors are good until the next call. */
export function createTokenTensors({ inputs }: TokenInputs, batch: TokenBatch, grid: Grid): TensorInput[] {
  const dims = [grid.count, grid.longest];
  return inputs.map((input) => {
    const buffer = input.buffer.reserve(cellBytes(input, grid));
    writeCells(buffer, input, batch, grid);
    return { dtype: input.dtype, dims, buffer };
  });
}
