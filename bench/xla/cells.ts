// What is measured: batches of token lengths, and the ids that fill them, the same for every engine.
import type { TokenBatch } from "../../src/tensor.ts";

/** `batches` run one behind the other; `lengths` of each text, special tokens included. */
export interface Cell {
  name: string;
  batches: readonly (readonly number[])[];
}

/** The longest text of all cells. */
export const LONGEST = 128;

const GRID = [[1, 16], [8, 32], [32, 32], [8, 128], [32, 128]] as const;
const MIXED_TEXTS = 128;
const MIXED_BATCH = 8;

export function createCells(names: readonly string[]): Cell[] {
  const all = [
    ...GRID.map(([count, length]): Cell => ({ name: `${count}x${length}`, batches: [Array.from({ length: count }, () => length)] })),
    { name: "mixed", batches: createMixed() },
  ];
  const unknown = names.find((name) => !all.some((cell) => cell.name === name));
  if (unknown !== undefined) throw new TypeError(`Cannot measure "${unknown}": need one of ${all.map(({ name }) => name).join(", ")}`);
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

/** Texts as people send them, 5 to 128 tokens and 30 on average, sorted and cut into batches as the scheduler does. */
function createMixed(): number[][] {
  const lengths = Array.from({ length: MIXED_TEXTS }, (_, i) => {
    const share = (i + 0.5) / MIXED_TEXTS;
    return Math.min(LONGEST, Math.round(5 - 25 * Math.log(1 - share)));
  });
  return Array.from({ length: MIXED_TEXTS / MIXED_BATCH }, (_, i) => lengths.slice(i * MIXED_BATCH, (i + 1) * MIXED_BATCH));
}

export const countTokens = ({ batches }: Cell): number => batches.flat().reduce((sum, length) => sum + length, 0);

/** [CLS], numbers of words, [SEP]. jax-child.py makes the same ones. */
export function createBatch(lengths: readonly number[]): TokenBatch {
  const ids = lengths.flatMap((length, text) => Array.from({ length }, (_, at) => {
    if (at === 0) return 101;
    return at === length - 1 ? 102 : 1000 + ((text * 7919 + at * 104_729) % 28_000);
  }));
  return { ids: Int32Array.from(ids), lengths: Int32Array.from(lengths) };
}
