import { describe, expect, test } from "bun:test";
import type { HeadResult } from "../../../src/heads/head.ts";
import type { ModelManifest } from "../../../src/models/manifest.ts";
import type { TextsRequest } from "../../../src/pipelines/tasks.ts";
import { createTokenEmbedder } from "../../../src/pipelines/embed/token-vectors.ts";
import { rejection } from "../../fixtures/test-runner.ts";
import { createManifest, createRecordedScheduler, createTaskRequest, createTestAccess, dense } from "../embedder-parts.ts";

const ragged = (...rows: readonly (readonly number[])[]): HeadResult => ({
  kind: "ragged", width: 2, lengths: Int32Array.of(rows.length), data: Float32Array.from(rows.flat()),
});

const create = (answer: (index: number) => HeadResult, changes: Partial<ModelManifest> = {}) => {
  const scheduler = createRecordedScheduler(answer);
  const { access, runner } = createTestAccess(createManifest({ prompts: { query: "q:" }, ...changes }), { scheduler });
  const embedTokens = (request: Partial<TextsRequest>) =>
    createTokenEmbedder(access).embedTokens({ ...createTaskRequest(), texts: ["a"], ...request });
  return { embedTokens, scheduler, runner };
};

describe("createTokenEmbedder() embedTokens", () => {
  test("gives the vector of every token as the model gives it, special ones included", async () => {
    const { embedTokens, scheduler } = create((index) => (index === 0 ? ragged([1, 2], [3, 4], [5, 6]) : ragged([7, 8], [9, 0])));
    expect(await embedTokens({ texts: ["a", ""] })).toEqual({
      model: "m",
      vectors: [
        [Float32Array.of(1, 2), Float32Array.of(3, 4), Float32Array.of(5, 6)],
        [Float32Array.of(7, 8), Float32Array.of(9, 0)],
      ],
      promptTokens: 5,
      loadNs: expect.any(Number),
    });
    expect(scheduler.works).toMatchObject([{ head: "tokens" }]);
  });

  test("puts the prompt in front that is asked for, and refuses an unknown one before the model is loaded", async () => {
    const { embedTokens, runner } = create(() => ragged([1, 1], [1, 1], [1, 1], [1, 1], [1, 1]));
    expect(await rejection(embedTokens({ prompt: "x" }))).toMatchObject({ code: "invalid_request" });
    expect(runner.loads).toEqual([]);
    expect((await embedTokens({ prompt: "query" })).vectors[0]).toHaveLength(5);
  });

  test("refuses more numbers than one answer may have before anything is run", async () => {
    const { embedTokens, scheduler } = create(() => ragged(), { nativeDimensions: 2 ** 20 });
    expect(await rejection(embedTokens({ texts: ["a", "abcd"] }))).toMatchObject({
      code: "input_too_long",
      message:
        "Cannot give a vector for every token: " +
        "found 9 tokens of 1048576 numbers (9437184 in all), the limit is 8388608 numbers",
      hint: "Send fewer texts at once",
    });
    expect(scheduler.works).toEqual([]);
  });

  test("refuses a model of another task", async () => {
    const { embedTokens } = create(() => ragged(), { task: "rerank" });
    expect(await rejection(embedTokens({}))).toMatchObject({ code: "wrong_task" });
  });

  test.each([
    ["another result", dense(1), 'found a dense result of "m", need a ragged one'],
    ["too few rows", ragged([1, 1]), 'found 1 rows of "m" for 3 tokens'],
    ["values that are not finite", ragged([1, 1], [NaN, 1], [1, 1]), 'found a value that is not finite in the token vectors of "m"'],
  ])("fails with %s", async (_, result, found) => {
    const { embedTokens } = create(() => result);
    expect(await rejection(embedTokens({}))).toMatchObject({ code: "internal", message: `Cannot embed input 0: ${found}` });
  });
});
