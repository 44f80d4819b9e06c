// The TypeScript form of every head, for engines that return tensors: reads the output in place, copies results out.
import type { DenseResult, Head, HeadResult, PoolHead } from "./head.ts";
import { applyLogits } from "./logits.ts";
import { applyPool } from "./pool.ts";
import { applySplade } from "./splade.ts";
import { resolveTextRows } from "./token-grid.ts";
import type { BatchShape, ModelOutput, TextRows } from "./token-grid.ts";
import { applyTokens } from "./tokens.ts";

/** No view of `output` is in the result. Throws `TypeError` when the output's shape does not belong to the batch. */
export function applyHead(head: Head, output: ModelOutput, batch: BatchShape): HeadResult {
  switch (head.kind) {
    case "pool": return poolTexts(head, resolveTextRows(output, batch));
    case "tokens": return applyTokens(head, resolveTextRows(output, batch));
    case "logits": return applyLogits(output, batch);
    case "splade": return applySplade(resolveTextRows(output, batch));
  }
}

function poolTexts(head: PoolHead, texts: readonly TextRows[]): DenseResult {
  const vectors = texts.map((text) => applyPool(head, text));
  const width = vectors[0]?.length ?? 0;
  const data = new Float32Array(width * vectors.length);
  vectors.forEach((vector, i) => data.set(vector, i * width));
  return { kind: "dense", width, data };
}
