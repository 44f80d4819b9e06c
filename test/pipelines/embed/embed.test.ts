import { describe, expect, test } from "bun:test";
import type { ModelManifest } from "../../../src/models/manifest.ts";
import { createEmbedder } from "../../../src/pipelines/embed/embed.ts";
import type { EmbedRequest } from "../../../src/pipelines/embed-request.ts";
import {
  characterTokenizer, createManifest, createRecordedRunner, createRecordedScheduler, createScorer, createTaskRequest, createTestAccess, dense,
} from "../embedder-parts.ts";
import { rejection } from "../../fixtures/test-runner.ts";

const create = (manifest: ModelManifest = createManifest(), parts: Parameters<typeof createTestAccess>[1] = {}) => {
  const { access, scheduler, runner } = createTestAccess(manifest, parts);
  const embedder = createEmbedder(access);
  const embed = (request: Partial<EmbedRequest> = {}) => embedder.embed({ ...createTaskRequest(), texts: ["ab"], ...request });
  return { access, embedder, embed, scheduler, runner };
};
const codes = (text: string) => Array.from(text, (character) => character.charCodeAt(0));
const sentIds = (scheduler: ReturnType<typeof createRecordedScheduler>) =>
  scheduler.works.flatMap(({ items }) => items.map(({ ids }) => [...ids]));

describe("createEmbedder() embed", () => {
  test("gives vectors in the texts' order, the model that answered and what it saw", async () => {
    const { embed, scheduler } = create(createManifest(), { scheduler: createRecordedScheduler((index) => dense(index, 1)) });
    const result = await embed({ texts: ["ab", "", "abcdefghijk"] });
    expect(result).toMatchObject({
      model: "m",
      vectors: [Float32Array.of(0, 1), Float32Array.of(1, 1), Float32Array.of(2, 1)],
      promptTokens: 4 + 2 + 8,
    });
    expect(scheduler.works).toMatchObject([{ model: "m-1", head: "embed" }]);
    expect(sentIds(scheduler)).toEqual([[1, ...codes("ab"), 2], [1, 2], [1, ...codes("abcdef"), 2]]);
  });

  test("says how long it waited for the model the first time, and 0 after", async () => {
    const { embed } = create();
    expect((await embed()).loadNs).toBeGreaterThan(0);
    expect((await embed()).loadNs).toBe(0);
  });

  test("tokenizes only as long as somebody waits for it", async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const encode: typeof characterTokenizer.encode = (texts, limit, signal) => {
      signals.push(signal);
      return characterTokenizer.encode(texts, limit);
    };
    const { signal } = new AbortController();
    await create(createManifest(), { tokenizer: { ...characterTokenizer, encode } }).embed({ signal });
    expect(signals).toEqual([signal]);
  });

  test("puts the prompt in front and lower-cases both", async () => {
    const { embed, scheduler } = create(createManifest({ prompts: { query: "Q: " }, defaultPrompt: "P: ", lowerCase: true }));
    await embed({ texts: ["A"] });
    await embed({ texts: ["A"], prompt: "query" });
    expect(sentIds(scheduler)).toEqual([[1, ...codes("p: a"), 2], [1, ...codes("q: a"), 2]]);
  });

  test("leaves the prompt out of pooling when the model says so, never beyond the text", async () => {
    const { embed, scheduler } = create(createManifest({ defaultPrompt: "P: ", includePrompt: false, maxTokens: 4 }));
    await embed({ texts: ["ab"] });
    expect(scheduler.works[0]?.items[0]?.poolFrom).toBe(4);
    const plain = create(createManifest({ includePrompt: false }));
    await plain.embed({ texts: ["ab"] });
    expect(plain.scheduler.works[0]?.items[0]).not.toHaveProperty("poolFrom");
  });

  test("cuts and normalises when smaller vectors are allowed", async () => {
    const { embed } = create(createManifest({ dimensions: [1] }));
    expect((await embed({ dimensions: 1 })).vectors).toEqual([Float32Array.of(1)]);
    expect((await embed({ dimensions: 2 })).vectors).toEqual([Float32Array.of(3, 4)]);
  });

  test("takes the model's own token ids instead of texts, and puts no prompt in front", async () => {
    const { embed, scheduler } = create(createManifest({ defaultPrompt: "P: " }));
    expect(await embed({ texts: [], tokenIds: [[1, 97, 2], [5]] })).toMatchObject({ vectors: { length: 2 }, promptTokens: 4 });
    expect(sentIds(scheduler)).toEqual([[1, 97, 2], [5]]);
  });

  test("cuts a text at its beginning where that is asked for, the prompt first", async () => {
    const manifest = createManifest({ defaultPrompt: "P: ", includePrompt: false, maxTokens: 6 });
    const { embed, scheduler } = create(manifest);
    await embed({ texts: ["ab", "abcdef"], direction: "left" });
    expect(sentIds(scheduler)).toEqual([[1, ...codes(": ab"), 2], [1, ...codes("cdef"), 2]]);
    expect(scheduler.works[0]?.items.map(({ poolFrom }) => poolFrom)).toEqual([3, undefined]);
  });

  test("makes vectors of length 1, or leaves them, where the request says so", async () => {
    const manifest = createManifest({ dimensions: [1] });
    const { embed, scheduler } = create(manifest, { scheduler: createRecordedScheduler(() => dense(3, 4)) });
    expect((await embed({ normalize: true })).vectors).toEqual([Float32Array.of(0.6, 0.8)]);
    expect((await embed({ normalize: false })).vectors).toEqual([Float32Array.of(3, 4)]);
    expect((await embed({ normalize: false, dimensions: 1 })).vectors).toEqual([Float32Array.of(3)]);
    expect((await embed()).vectors).toEqual([Float32Array.of(3, 4)]);
    expect(scheduler.works.map(({ head }) => head)).toEqual(["embed", "embed", "embed", "embed"]);
  });

  test("leaves out the Normalize at the end of the model's own head where the request says so", async () => {
    const head = { kind: "pool", modes: ["mean"], steps: [{ kind: "normalize" }] } as const;
    const { embed, runner, scheduler } = create(createManifest({ heads: { embed: head } }));
    await embed({ normalize: false });
    await embed({ normalize: true });
    expect(runner.loads[0]?.heads).toEqual({ embed: head, "embed-raw": { ...head, steps: [] } });
    expect(scheduler.works.map(({ head }) => head)).toEqual(["embed-raw", "embed"]);
  });

  test("learns the native size from the graph when no file says it", async () => {
    const manifest = createManifest({ nativeDimensions: undefined });
    const { embed, scheduler } = create(manifest, { runner: createRecordedRunner(2) });
    expect((await embed({ dimensions: 2 })).vectors).toEqual([Float32Array.of(3, 4)]);
    expect(await rejection(embed({ dimensions: 1 }))).toMatchObject({ code: "dimensions_not_allowed" });
    expect(scheduler.works).toHaveLength(1);
  });

  test("refuses dimensions after running when only the vectors say the size", async () => {
    const { embed } = create(createManifest({ nativeDimensions: undefined }));
    expect(await rejection(embed({ dimensions: 1 }))).toHaveProperty("message", 'Cannot give vectors of "m" 1 dimensions: need 2, its native size');
  });
});

describe("createEmbedder() refuses", () => {
  test("a model of another task", async () => {
    const { embed, runner } = create(createScorer("rerank", ["LABEL_0"]));
    expect(await rejection(embed())).toMatchObject({
      code: "wrong_task",
      message: 'Cannot embed with "m": it is a model for rerank (by config.json)',
    });
    expect(runner.loads).toEqual([]);
  });

  test("a text that is too long when it may not be cut", async () => {
    const { embed, scheduler } = create();
    expect(await rejection(embed({ texts: ["ab", "abcdefghij"], truncate: false }))).toMatchObject({
      code: "input_too_long",
      message: "Cannot embed input 1: found 12 tokens, need 8 or fewer",
      details: { index: 1, tokens: 12, limit: 8 },
    });
    expect(scheduler.works).toEqual([]);
    expect((await embed({ texts: ["abcdef"], truncate: false })).promptTokens).toBe(8);
  });

  test("dimensions and prompts that the model does not have before it is loaded", async () => {
    const { embed, runner } = create(createManifest({ prompts: { query: "Q: " } }));
    for (const dimensions of [1, 0, -3, 1e12]) {
      expect(await rejection(embed({ dimensions }))).toMatchObject({
        code: "dimensions_not_allowed",
        message: `Cannot give vectors of "m" ${dimensions} dimensions: need 2, its native size`,
      });
    }
    expect(await rejection(embed({ prompt: "toString" }))).toMatchObject({
      code: "invalid_request",
      message: 'Cannot use the prompt "toString" of "m": need one of "query"',
    });
    expect(runner.loads).toEqual([]);
    expect(await rejection(create().embed({ prompt: "query" }))).toHaveProperty("message", 'Cannot use the prompt "query" of "m": the model has no prompts');
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])("to answer %p", async (value) => {
    const { embed } = create(createManifest(), { scheduler: createRecordedScheduler((index) => dense(1, index === 1 ? value : 1)) });
    expect(await rejection(embed({ texts: ["a", "b"] }))).toMatchObject({
      code: "internal",
      message: 'Cannot embed input 1: found a value that is not finite in the vector of "m"',
    });
  });

  test("to go on when the client has left", async () => {
    const { embed, scheduler } = create();
    expect(await rejection(embed({ signal: AbortSignal.abort(new Error("client left")) }))).toHaveProperty("message", "client left");
    expect(scheduler.works).toEqual([]);
  });
});

describe("createEmbedder() preload", () => {
  test("loads the model ahead of its first request, and says how long that took", async () => {
    const { embedder, embed, runner } = create();
    expect(await embedder.preload("alias")).toEqual({ model: "m", loadNs: expect.any(Number) });
    expect(runner.loads).toHaveLength(1);
    expect((await embed()).loadNs).toBe(0);
    expect(await embedder.preload("alias")).toEqual({ model: "m", loadNs: 0 });
  });
});

describe("createEmbedder() loaded and unload", () => {
  test("say what is loaded until it is unloaded, and unload() loads nothing", async () => {
    const { embedder, embed, runner } = create();
    expect(await embedder.unload("alias")).toBe("m");
    expect([embedder.loaded(), runner.loads, runner.unloads]).toEqual([[], [], []]);
    await embed();
    expect(embedder.loaded()).toEqual([{ manifest: createManifest(), isLoaded: true, progress: { phase: "programs", sinceMs: expect.any(Number) }, expiresAtMs: Infinity }]);
    expect(await embedder.unload("alias")).toBe("m");
    await Bun.sleep(0);
    expect([embedder.loaded(), runner.unloads]).toEqual([[], ["m-1"]]);
    expect((await embed()).loadNs).toBeGreaterThan(0);
  });

  test("a request's and a preload's keep_alive counts for the model", async () => {
    const { access, embedder, embed, runner } = create();
    await embed({ keepAliveMs: 0 });
    await Bun.sleep(0);
    await embedder.preload("alias", { keepAliveMs: 1000 });
    const [loaded] = embedder.loaded();
    expect(runner.unloads).toEqual(["m-1"]);
    expect(Math.abs((loaded?.expiresAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
    access.close();
  });
});
