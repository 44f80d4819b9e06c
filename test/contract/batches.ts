// Test batches from plain lists, and the comparison that the contract asks for.
import type { PoolHead, TokensHead } from "../../src/heads/head.ts";
import type { TokenBatch } from "../../src/tensor.ts";

export const MEAN: PoolHead = { kind: "pool", modes: ["mean"], steps: [] };
export const TOKENS: TokensHead = { kind: "tokens", normalize: false };

export const createBatch = (texts: readonly (readonly number[])[]): TokenBatch => ({
  ids: new Int32Array(texts.flat()),
  lengths: new Int32Array(texts.map((ids) => ids.length)),
});

export const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? Number.NaN, b[i] ?? Number.NaN];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return a.length === b.length ? dot / Math.sqrt(aa * bb) : Number.NaN;
};
