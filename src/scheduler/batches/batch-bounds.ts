// What batches are worth on a kind of device before anything was measured, and how far measuring may take them.
import type { ModelBatchesOptions } from "./model-batches.ts";

type Bounds = Pick<ModelBatchesOptions, "bounds" | "maxItems">;

/**
 * Small batches of nearly equal lengths: MiniLM takes least time a token with 200 to 500 of them, 8 % more with 1,500, and a
 * run costs as much again as 18 tokens. The smaller ones are chosen from more texts: 2 % more tokens a second with 256 than
 * with 512 (4 clients of 32 short texts).
 */
export const CPU_BATCHES: Bounds = {
  bounds: {
    start: { maxTokens: 256, runTokens: 20 },
    least: { maxTokens: 128, runTokens: 4 },
    most: { maxTokens: 4096, runTokens: 64 },
  },
  maxItems: 64,
};

/** A GPU wants much work at a time; a run costs as much as thousands of tokens. */
export const DEVICE_BATCHES: Bounds = {
  bounds: {
    start: { maxTokens: 16_384, runTokens: 2048 },
    least: { maxTokens: 2048, runTokens: 64 },
    most: { maxTokens: 32_768, runTokens: 8192 },
  },
  maxItems: 256,
};
