// Which of a graph's inputs stand for what of a text, and the filling of them: padding on the right, id 0 and mask 0.
import { TermiteError } from "../../errors.ts";
import { createGrowingBuffer } from "../../ffi/memory.ts";
import type { GrowingBuffer, NativeBuffer } from "../../ffi/memory.ts";
import type { TensorInput } from "../../ffi/ort/session.ts";
import type { ValueInfo } from "../../ffi/ort/value-info.ts";
import type { TokenBatch } from "../../tensor.ts";

const ROLES = { input_ids: "ids", attention_mask: "mask", token_type_ids: "types", position_ids: "positions" } as const;
type Role = (typeof ROLES)[keyof typeof ROLES];

interface TokenInput {
  role: Role;
  dtype: "int64" | "int32";
  buffer: GrowingBuffer;
}

/** The inputs in the session's order. A fixed dimension is a number, a free one absent. */
export interface TokenInputs {
  inputs: readonly TokenInput[];
  fixedCount: number | undefined;
  fixedLength: number | undefined;
}

/** Throws `model_load_failed` when an input can not be filled from a text. */
export function resolveTokenInputs(infos: readonly ValueInfo[]): TokenInputs {
  const inputs = infos.map(resolveTokenInput);
  const ids = infos.find((info) => info.name === "input_ids");
  if (ids === undefined) throw loadFailure('found no input "input_ids"');
  const [count = -1, length = -1] = ids.dims;
  return { inputs, fixedCount: count < 0 ? undefined : count, fixedLength: length < 0 ? undefined : length };
}

const loadFailure = (found: string): TermiteError =>
  new TermiteError("model_load_failed", `Cannot load model: ${found}`);
const isRoleName = (name: string): name is keyof typeof ROLES => Object.hasOwn(ROLES, name);

function resolveTokenInput({ name, dtype, dims }: ValueInfo): TokenInput {
  if (!isRoleName(name)) throw loadFailure(`found input "${name}", which no text can fill`);
  if (dtype !== "int64" && dtype !== "int32") {
    throw loadFailure(`found input "${name}" of type ${dtype ?? "unknown"}, need int64 or int32`);
  }
  if (dims.length !== 2 && dims.length !== 0) throw loadFailure(`found input "${name}" of rank ${dims.length}, need 2`);
  return { role: ROLES[name], dtype, buffer: createGrowingBuffer() };
}

export interface Grid {
  count: number;
  /** Columns: the longest text, or the graph's own fixed length. */
  longest: number;
}

/** Throws `invalid_request` when the graph's fixed shape has no room. */
export function resolveGrid({ fixedCount, fixedLength }: TokenInputs, batch: TokenBatch): Grid {
  const count = batch.lengths.length;
  const longest = Math.max(...batch.lengths);
  if (fixedCount !== undefined && fixedCount !== count) throw shapeFailure(`${count} texts at once`, fixedCount);
  const isTooLong = fixedLength !== undefined && fixedLength < longest;
  if (isTooLong) throw shapeFailure(`a text of ${longest} tokens`, fixedLength);
  return { count, longest: fixedLength ?? longest };
}

const shapeFailure = (found: string, fixed: number): TermiteError =>
  new TermiteError("invalid_request", `Cannot run model: found ${found}, its graph is fixed to ${fixed}`);

/** Writes the batch into the inputs' own buffers; the tensors are good until the next call. */
export function createTokenTensors({ inputs }: TokenInputs, batch: TokenBatch, grid: Grid): TensorInput[] {
  const dims = [grid.count, grid.longest];
  return inputs.map((input) => ({ dtype: input.dtype, dims, buffer: writeCells(input, batch, grid) }));
}

/** Of an int64 only the low half is written: no value is negative, and the high half is zero. */
function writeCells({ role, dtype, buffer }: TokenInput, batch: TokenBatch, { count, longest }: Grid): NativeBuffer {
  const stride = dtype === "int64" ? 2 : 1;
  const size = count * longest * stride;
  const target = buffer.reserve(size * 4);
  const cells = new Int32Array(target.bytes.buffer, 0, size).fill(0);
  const valueAt = cellValue(role, batch);
  let first = 0;
  for (let row = 0; row < count; row++) {
    const length = batch.lengths[row] ?? 0;
    const columns = role === "positions" ? longest : length;
    for (let column = 0; column < columns; column++) {
      cells[(row * longest + column) * stride] = valueAt(first + column, column);
    }
    first += length;
  }
  return target;
}

function cellValue(role: Role, { ids, typeIds }: TokenBatch): (token: number, column: number) => number {
  switch (role) {
    case "ids": return (token) => ids[token] ?? 0;
    case "mask": return () => 1;
    case "types": return (token) => typeIds?.[token] ?? 0;
    case "positions": return (_, column) => column;
  }
}
