// The same work for every design: short texts of changing length, failing ones among them, and what must come out.
import type { PoolHead } from "../../src/heads/head.ts";
import type { TokenBatch } from "../../src/tensor.ts";

export const HEAD: PoolHead = { kind: "pool", modes: ["mean"], steps: [{ kind: "normalize" }] };

const TEXTS = 64;
const LONGEST = 12;

/** Text `i` of the cycle: 3 to 12 tokens, ids of an English WordPiece vocabulary. */
const createText = (i: number): number[] => {
  const length = 3 + ((i * 7) % (LONGEST - 2));
  const words = Array.from({ length: length - 2 }, (_, k) => 1000 + ((i * 7919 + k * 104_729) % 20_000));
  return [101, ...words, 102];
};

export const BATCHES: readonly TokenBatch[] = Array.from({ length: TEXTS }, (_, i) => {
  const ids = Int32Array.from(createText(i));
  return { ids, lengths: Int32Array.of(ids.length) };
});

/** An id that no vocabulary has: the native run fails. */
export const FAILING_BATCH: TokenBatch = { ids: Int32Array.of(101, 9_999_999), lengths: Int32Array.of(2) };

/** Every 50th call fails, so that failing is part of the series. */
export const isFailing = (call: number): boolean => call % 50 === 49;

/** One design under test. */
export interface Design {
  /** The text's vector; rejects for the failing batch. */
  run(batch: TokenBatch): Promise<Float32Array>;
  close(): Promise<void>;
}
