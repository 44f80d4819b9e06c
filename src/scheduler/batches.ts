// Which items run together: pure functions over lengths, and the arrays that a batch of items becomes.
import type { TokenBatch } from "../tensor.ts";
import type { TokenItem } from "./scheduler.ts";

export interface BatchLimits {
  /** Bound of the padded cost `longest x count`; an item above it runs alone. */
  maxTokens: number;
  maxItems: number;
}

/** Texts up to a quarter (and eight tokens) apart share a batch: more padding costs more than a second call. */
const LENGTH_RATIO = 1.25;
const LENGTH_SLACK = 8;

/**
 * Indices of `lengths` in batches, every index once. Longest first, so that the cheapest batches come last and the engines
 * become idle together; within a batch the lengths are nearly equal.
 */
export function createBatches(lengths: readonly number[], { maxTokens, maxItems }: BatchLimits): number[][] {
  const lengthOf = (index: number): number => lengths[index] ?? 0;
  const order = lengths.map((_, index) => index).sort((a, b) => lengthOf(b) - lengthOf(a));
  const batches: number[][] = [];
  let batch: number[] = [];
  let longest = 0;
  for (const index of order) {
    const isClose = longest <= lengthOf(index) * LENGTH_RATIO + LENGTH_SLACK;
    const hasRoom = batch.length < maxItems && longest * (batch.length + 1) <= maxTokens;
    if (batch.length > 0 && isClose && hasRoom) {
      batch.push(index);
    } else {
      batch = [index];
      longest = lengthOf(index);
      batches.push(batch);
    }
  }
  return batches;
}

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
