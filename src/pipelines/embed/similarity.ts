// How alike texts are: the cosine of their vectors, made in one request. Works with whatever embeds.
import type { Embedder } from "../embed-request.ts";
import type { SimilarityMeter, SimilarityRequest, SimilarityResult } from "../tasks.ts";

export function createSimilarityMeter(embedder: Pick<Embedder, "embed">): SimilarityMeter {
  const similarity = async ({ source, texts, ...request }: SimilarityRequest): Promise<SimilarityResult> => {
    const { vectors, ...result } = await embedder.embed({ ...request, texts: [source, ...texts] });
    const [first, ...others] = vectors;
    return { ...result, similarities: first === undefined ? [] : others.map((other) => computeCosine(first, other)) };
  };
  return { similarity };
}

/** 0 where one of them is zero; never outside -1 and 1, which rounding alone would leave. */
export function computeCosine(left: Float32Array, right: Float32Array): number {
  let [product, leftSquares, rightSquares] = [0, 0, 0];
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? 0;
    product += value * other;
    leftSquares += value * value;
    rightSquares += other * other;
  }
  const lengths = Math.sqrt(leftSquares) * Math.sqrt(rightSquares);
  return lengths === 0 ? 0 : Math.min(1, Math.max(-1, product / lengths));
}
