// Pure: which shapes a model's programs are compiled for, and which of those a batch of texts runs in.
import type { BucketShape } from "./protocol.ts";

/** The texts of a chunk, by their place in the batch, and the bucket that they run in. */
export interface Chunk {
  rows: readonly number[];
  shape: BucketShape;
}

export interface GridOptions {
  device: string;
  /** Tokens of the longest text, as far as known. */
  maxTokens?: number | undefined;
  /** The only length that the graph takes. */
  fixedLength?: number | undefined;
}

/** Where nobody says how long texts may be. Longer ones get a bucket when they come. */
const USUAL_TOKENS = 512;

/**
 * `tokens`: a larger shape gains nothing over two runs. Measured on a CPU with MiniLM, in microseconds of work a token: 1x16
 * 257, 4x16 169, 16x16 127, 1x32 176, 16x32 116, 8x64 114, 1x128 148, 4x128 and 8x128 123, 2x256 129, 4x256 133, 8x256 136.
 */
const CPU = { batches: [1, 2, 4, 8, 16], lengths: [16, 32, 48, 64, 96, 128, 192, 256, 384, 512], tokens: 512 };
/** Large enough to fill a GPU. */
const ACCELERATOR = { batches: [1, 8, 32, 128], lengths: [32, 64, 128, 256, 512], tokens: 32_768 };

/** In the order in which they are compiled where nothing else is known: with the first ones every text can be answered. */
export function createGrid({ device, maxTokens = USUAL_TOKENS, fixedLength }: GridOptions): BucketShape[] {
  const { batches, lengths, tokens } = device === "cpu" ? CPU : ACCELERATOR;
  const own = fixedLength === undefined ? cutLengths(lengths, maxTokens) : [fixedLength];
  const all = batches.flatMap((batch) => own.map((length) => ({ batch, length })));
  return all.filter(({ batch, length }) => batch === 1 || batch * length <= tokens);
}

/** The usual lengths below the limit, doubled as far as needed, and the limit itself. */
function cutLengths(lengths: readonly number[], limit: number): number[] {
  const all = [...lengths];
  for (let last = all.at(-1) ?? 1; last < limit; last *= 2) all.push(last * 2);
  return [...new Set([...all.filter((length) => length < limit), limit])];
}

/** A bucket for a text that is longer than all of the grid: lengths double, so that there are few of them. */
export const resolveLongShape = (length: number): BucketShape => ({ batch: 1, length: 2 ** Math.ceil(Math.log2(length)) });

/** Tokens of work that a run costs beside its cells: the call, the upload, what an operation costs however small. */
const RUN_TOKENS = 20;
/** Attention: at this length a token costs twice as much as alone. */
const DOUBLE_LENGTH = 2048;

/** In tokens' worth of work. */
export const runCost = ({ batch, length }: BucketShape): number =>
  RUN_TOKENS + batch * length * (1 + length / DOUBLE_LENGTH);

/**
 * The cheapest split of the texts over `shapes`, by the sum of `runCost`. Within a chunk the lengths are neighbours, the
 * longest last. `undefined` when a text is longer than every shape.
 */
export function planChunks(lengths: ArrayLike<number>, shapes: readonly BucketShape[]): Chunk[] | undefined {
  const order = Array.from(lengths, (_, row) => row).sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0));
  const byBatch = groupByBatch(shapes);
  // best[n]: the cheapest way to run the n shortest texts.
  const best: { cost: number; chunk?: Chunk; from: number }[] = [{ cost: 0, from: 0 }];
  for (let count = 1; count <= order.length; count++) {
    const longest = lengths[order[count - 1] ?? 0] ?? 0;
    let least: (typeof best)[number] = { cost: Infinity, from: 0 };
    for (const [batch, candidates] of byBatch) {
      const shape = candidates.find(({ length }) => length >= longest);
      const from = Math.max(0, count - batch);
      const cost = shape === undefined ? Infinity : (best[from]?.cost ?? Infinity) + runCost(shape);
      if (shape !== undefined && cost < least.cost) least = { cost, from, chunk: { rows: order.slice(from, count), shape } };
    }
    best.push(least);
  }
  return readChunks(best);
}

/** The same texts over other shapes. */
export function replanChunks(chunks: readonly Chunk[], lengths: ArrayLike<number>, shapes: readonly BucketShape[]): Chunk[] | undefined {
  const texts = chunks.flatMap(({ rows }) => rows);
  const planned = planChunks(texts.map((row) => lengths[row] ?? 0), shapes);
  return planned?.map(({ rows, shape }) => ({ shape, rows: rows.map((place) => texts[place] ?? 0) }));
}

function groupByBatch(shapes: readonly BucketShape[]): ReadonlyMap<number, readonly BucketShape[]> {
  const groups = Map.groupBy(shapes, ({ batch }) => batch);
  for (const group of groups.values()) group.sort((a, b) => a.length - b.length);
  return groups;
}

function readChunks(best: readonly { chunk?: Chunk; from: number }[]): Chunk[] | undefined {
  const chunks: Chunk[] = [];
  for (let count = best.length - 1; count > 0;) {
    const { chunk, from } = best[count] ?? { from: 0 };
    if (chunk === undefined) return undefined;
    chunks.push(chunk);
    count = from;
  }
  return chunks;
}
