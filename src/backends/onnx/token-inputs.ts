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

/** The inputs in the session's order. */
export interface TokenInputs {
  inputs: readonly TokenInput[];
  /** The length to which every text is padded, where the graph is fixed to one. */
  fixedLength: number | undefined;
}

/** Throws `model_load_failed` when an input can not be filled from a text. */
export function resolveTokenInputs(infos: readonly ValueInfo[]): TokenInputs {
  const inputs = infos.map(resolveTokenInput);
  if (!infos.some(({ name }) => name === "input_ids")) throw loadFailure('found no input "input_ids"');
  const [fixedLength] = infos.flatMap(({ dims: [, length = -1] }) => (length < 0 ? [] : [length]));
  return { inputs, fixedLength };
}

/**
 * Throws `model_load_failed` when texts of up to `maxTokens` tokens do not fit into the graph. Padding fills a fixed length;
 * a fixed batch is refused, because texts come in any number.
 */
export function checkFit(infos: readonly ValueInfo[], maxTokens: number | undefined): void {
  for (const { name, dims: [count = -1, length = -1] } of infos) {
    if (count >= 0) throw loadFailure(`found input "${name}" fixed to ${count} texts at once, need any number`);
    if (length >= (maxTokens ?? Infinity)) continue;
    const need = maxTokens === undefined ? "any number" : maxTokens;
    if (length >= 0) throw loadFailure(`found input "${name}" fixed to ${length} tokens, need ${need}`);
  }
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

/** Throws `RangeError` when a text is longer than the session was opened for. */
export function resolveGrid({ fixedLength }: TokenInputs, { lengths }: TokenBatch): Grid {
  const longest = Math.max(...lengths);
  if (fixedLength === undefined || longest <= fixedLength) return { count: lengths.length, longest: fixedLength ?? longest };
  throw new RangeError(`Cannot run batch: found a text of ${longest} tokens, its graph is fixed to ${fixedLength}`);
}

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
