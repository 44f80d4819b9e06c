// The arrays that a batch of items becomes.
import type { TokenBatch } from "../tensor.ts";
import type { TokenItem } from "./scheduler.ts";

/** Items back to back. Segment ids and pooling starts are there when one of the items has them. */
export function createTokenBatch(items: readonly TokenItem[]): TokenBatch {
  const lengths = Int32Array.from(items, ({ ids }) => ids.length);
  const count = lengths.reduce((sum, length) => sum + length, 0);
  const batch: TokenBatch = { ids: concatenate(items, count, ({ ids }) => ids), lengths };
  if (items.some(({ typeIds }) => typeIds !== undefined)) batch.typeIds = concatenate(items, count, ({ typeIds }) => typeIds);
  if (items.some(({ poolFrom }) => poolFrom !== undefined)) {
    batch.poolFrom = Int32Array.from(items, ({ poolFrom }) => poolFrom ?? 0);
  }
  return batch;
}

/** What an item lacks stays zero. */
function concatenate(
  items: readonly TokenItem[],
  count: number,
  select: (item: TokenItem) => Int32Array | undefined,
): Int32Array {
  const all = new Int32Array(count);
  let offset = 0;
  for (const item of items) {
    const part = select(item);
    if (part !== undefined) all.set(part, offset);
    offset += item.ids.length;
  }
  return all;
}
