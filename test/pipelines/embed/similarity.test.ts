import { describe, expect, test } from "bun:test";
import type { EmbedRequest } from "../../../src/pipelines/embed-request.ts";
import { computeCosine, createSimilarityMeter } from "../../../src/pipelines/embed/similarity.ts";

const create = (vectors: readonly (readonly number[])[]) => {
  const requests: EmbedRequest[] = [];
  const embed = async (request: EmbedRequest) => {
    requests.push(request);
    return { model: "m", vectors: vectors.map((vector) => Float32Array.from(vector)), promptTokens: 9, loadNs: 5 };
  };
  return { meter: createSimilarityMeter({ embed }), requests };
};

describe("createSimilarityMeter() similarity", () => {
  test("compares the source with each text, embedded in one request", async () => {
    const { meter, requests } = create([[2, 0], [3, 4], [-5, 0]]);
    const { signal } = new AbortController();
    const request = { model: "alias", truncate: false, direction: "left", prompt: "query", keepAliveMs: 7, signal } as const;
    expect(await meter.similarity({ ...request, source: "s", texts: ["a", "b"] })).toEqual({
      model: "m", similarities: [0.6, -1], promptTokens: 9, loadNs: 5,
    });
    expect(requests).toEqual([{ ...request, texts: ["s", "a", "b"] }]);
  });
});

describe("computeCosine()", () => {
  test.each([
    ["vectors of any length", [1, 1], [10, 0], Math.SQRT1_2],
    ["a zero vector", [0, 0], [1, 1], 0],
    ["the same vector, never above 1", [0.1, 0.2, 0.3], [0.1, 0.2, 0.3], 1],
    ["the opposite", [0.1, 0.2, 0.3], [-0.1, -0.2, -0.3], -1],
  ])("of %s", (_, left, right, cosine) => {
    const found = computeCosine(Float32Array.from(left), Float32Array.from(right));
    expect(found).toBeCloseTo(cosine, 12);
    expect(Math.abs(found)).toBeLessThanOrEqual(1);
  });
});
