// What of a text a graph's input stands for, by its name, and the filling of it: padding on the right, id 0 and mask 0.
import { TermiteError } from "../errors.ts";
import type { NativeBuffer } from "../ffi/memory.ts";
import type { DType, TokenBatch } from "../tensor.ts";

const ROLES = { input_ids: "ids", attention_mask: "mask", token_type_ids: "types", position_ids: "positions" } as const;
type Role = (typeof ROLES)[keyof typeof ROLES];

/** An input as the graph says it: -1 is any dim, rank 0 also stands for no shape at all. */
export interface GraphInput {
  name: string;
  dtype: DType | undefined;
  dims: readonly number[];
}

/** A graph's input that a batch of texts fills. */
export interface CellInput {
  role: Role;
  dtype: "int64" | "int32";
}

export interface Grid {
  count: number;
  /** Columns: the longest text, or what the graph is fixed to. */
  longest: number;
}

export const loadFailure = (found: string, cause?: unknown): TermiteError =>
  new TermiteError("model_load_failed", `Cannot load model: ${found}`, { cause });

const isRoleName = (name: string): name is keyof typeof ROLES => Object.hasOwn(ROLES, name);

export interface CellInputs {
  /** In the graph's order. */
  inputs: readonly CellInput[];
  /** The length to which every text is padded, where the graph is fixed to one. */
  fixedLength: number | undefined;
}

/** Throws `model_load_failed` when an input can not be filled from a text. */
export function resolveCellInputs(infos: readonly GraphInput[]): CellInputs {
  const inputs = infos.map(resolveCellInput);
  if (!infos.some(({ name }) => name === "input_ids")) throw loadFailure('found no input "input_ids"');
  const [fixedLength] = infos.flatMap(({ dims: [, length = -1] }) => (length < 0 ? [] : [length]));
  return { inputs, fixedLength };
}

function resolveCellInput({ name, dtype, dims }: GraphInput): CellInput {
  if (!isRoleName(name)) throw loadFailure(`found input "${name}", which no text can fill`);
  if (dtype !== "int64" && dtype !== "int32") {
    throw loadFailure(`found input "${name}" of type ${dtype ?? "unknown"}, need int64 or int32`);
  }
  if (dims.length !== 2 && dims.length !== 0) throw loadFailure(`found input "${name}" of rank ${dims.length}, need 2`);
  return { role: ROLES[name], dtype };
}

/**
 * Throws `model_load_failed` when texts of up to `maxTokens` tokens do not fit into the graph. Padding fills a fixed length;
 * a fixed batch is refused, because texts come in any number.
 */
export function checkFit(infos: readonly GraphInput[], maxTokens: number | undefined): void {
  for (const { name, dims: [count = -1, length = -1] } of infos) {
    if (count >= 0) throw loadFailure(`found input "${name}" fixed to ${count} texts at once, need any number`);
    if (length >= (maxTokens ?? Infinity)) continue;
    const need = maxTokens === undefined ? "any number" : maxTokens;
    if (length >= 0) throw loadFailure(`found input "${name}" fixed to ${length} tokens, need ${need}`);
  }
}

export const cellBytes = ({ dtype }: CellInput, { count, longest }: Grid): number =>
  count * longest * (dtype === "int64" ? 8 : 4);

/**
 * Fills `count x longest` cells at the start of `target`. Of an int64 only the low half is written: no value is negative,
 * and the high half is zero.
 */
export function writeCells(target: NativeBuffer, input: CellInput, batch: TokenBatch, grid: Grid): void {
  const { count, longest } = grid;
  const stride = input.dtype === "int64" ? 2 : 1;
  const cells = new Int32Array(target.bytes.buffer, 0, count * longest * stride).fill(0);
  const valueAt = cellValue(input.role, batch);
  let first = 0;
  for (let row = 0; row < count; row++) {
    const length = batch.lengths[row] ?? 0;
    const columns = input.role === "positions" ? longest : length;
    for (let column = 0; column < columns; column++) {
      cells[(row * longest + column) * stride] = valueAt(first + column, column);
    }
    first += length;
  }
}

function cellValue(role: Role, { ids, typeIds }: TokenBatch): (token: number, column: number) => number {
  switch (role) {
    case "ids": return (token) => ids[token] ?? 0;
    case "mask": return () => 1;
    case "types": return (token) => typeIds?.[token] ?? 0;
    case "positions": return (_, column) => column;
  }
}
