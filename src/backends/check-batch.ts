// What every backend asks of a batch before it runs it.
import type { TokenBatch } from "../tensor.ts";

/** Throws `RangeError` when the batch is empty or contradicts itself. */
export function checkBatch({ ids, lengths, typeIds, poolFrom }: TokenBatch): void {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (lengths.length === 0) throw batchError("no text");
  if (lengths.some((length) => length <= 0)) throw batchError("a text without tokens");
  if (ids.length !== total) throw batchError(`${ids.length} ids for ${total} tokens`);
  if (typeIds && typeIds.length !== total) throw batchError(`${typeIds.length} segment ids for ${total} tokens`);
  const isPoolFromWrong = poolFrom && poolFrom.length !== lengths.length;
  if (isPoolFromWrong) throw batchError(`${poolFrom.length} prompts for ${lengths.length} texts`);
  // ONNX counts negative ids from the end of the table: a wrong vector instead of an error.
  for (const id of ids) if (id < 0) throw batchError(`token id ${id}`);
}

const batchError = (found: string): RangeError => new RangeError(`Cannot run batch: found ${found}`);
