import { describe, expect, test } from "bun:test";
import type { HeadResult } from "../../../src/heads/head.ts";
import type { ModelManifest } from "../../../src/models/manifest.ts";
import { createSparseEmbedder } from "../../../src/pipelines/embed/sparse.ts";
import type { TextsRequest } from "../../../src/pipelines/tasks.ts";
import { rejection } from "../../fixtures/test-runner.ts";
import { createManifest, createRecordedScheduler, createTaskRequest, createTestAccess, dense } from "../embedder-parts.ts";

const sparse = (pairs: readonly (readonly [number, number])[]): HeadResult => ({
  kind: "sparse",
  lengths: Int32Array.of(pairs.length),
  indices: Int32Array.from(pairs, ([index]) => index),
  values: Float32Array.from(pairs, ([, value]) => value),
});

const create = (answer: (index: number) => HeadResult, changes: Partial<ModelManifest> = {}) => {
  const scheduler = createRecordedScheduler(answer);
  const manifest = createManifest({ task: "sparse", heads: { sparse: { kind: "splade" } }, prompts: { query: "q:" }, ...changes });
  const { access, runner } = createTestAccess(manifest, { scheduler });
  const embedSparse = (request: Partial<TextsRequest>) =>
    createSparseEmbedder(access).embedSparse({ ...createTaskRequest(), texts: ["ab"], ...request });
  return { embedSparse, scheduler, runner };
};

describe("createSparseEmbedder() embedSparse", () => {
  test("gives what the model's head gives for each text, special tokens included", async () => {
    const { embedSparse, scheduler } = create((index) => sparse(index === 0 ? [[1, 0.5], [7, 2]] : []));
    expect(await embedSparse({ texts: ["ab", ""] })).toEqual({
      model: "m",
      vectors: [
        { indices: Int32Array.of(1, 7), values: Float32Array.of(0.5, 2) },
        { indices: new Int32Array(0), values: new Float32Array(0) },
      ],
      promptTokens: 4 + 2,
      loadNs: expect.any(Number),
    });
    expect(scheduler.works).toMatchObject([{ head: "sparse" }]);
    expect(scheduler.works[0]?.items.map(({ ids }) => [...ids])).toEqual([[1, 97, 98, 2], [1, 2]]);
  });

  test("puts the prompt in front that is asked for, and refuses an unknown one before the model is loaded", async () => {
    const { embedSparse, scheduler, runner } = create(() => sparse([]));
    expect(await rejection(embedSparse({ prompt: "x" }))).toMatchObject({
      code: "invalid_request", message: 'Cannot use the prompt "x" of "m": need one of "query"',
    });
    expect(runner.loads).toEqual([]);
    await embedSparse({ texts: ["a"], prompt: "query" });
    expect(scheduler.works[0]?.items.map(({ ids }) => [...ids])).toEqual([[1, 113, 58, 97, 2]]);
  });

  test("refuses what is too long when nothing may be cut", async () => {
    const { embedSparse } = create(() => sparse([]));
    expect(await rejection(embedSparse({ texts: ["1234567"], truncate: false }))).toMatchObject({ code: "input_too_long" });
  });

  test("refuses a model of another task", async () => {
    const { embedSparse } = create(() => sparse([]), { task: "embed" });
    expect(await rejection(embedSparse({}))).toMatchObject({ code: "wrong_task" });
  });

  test.each([
    ["another result", dense(1), 'found a dense result of "m", need a sparse one'],
    ["values that are not finite", sparse([[3, Infinity]]), 'found a value that is not finite in the sparse vector of "m"'],
  ])("fails with %s", async (_, result, found) => {
    const { embedSparse } = create(() => result);
    expect(await rejection(embedSparse({}))).toMatchObject({ code: "internal", message: `Cannot embed input 0: ${found}` });
  });
});
