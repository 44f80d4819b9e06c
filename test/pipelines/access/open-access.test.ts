import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../../src/errors.ts";
import { createManifest, createRecordedScheduler, createScorer, createTaskRequest, createTestAccess, dense } from "../embedder-parts.ts";
import { rejection } from "../../fixtures/test-runner.ts";

const items = [{ ids: Int32Array.of(1, 2) }];

describe("createModelAccess() use", () => {
  test("loads the model with its heads and runs under them, with the request's signal", async () => {
    const manifest = createScorer("rerank", ["LABEL_0"]);
    const { access, runner, scheduler } = createTestAccess(manifest, { scheduler: createRecordedScheduler(() => dense(7)) });
    const request = createTaskRequest();
    const results = await access.use(request, ["rerank"], (model) => model.run("logits", items));
    expect(results).toEqual([dense(7)]);
    expect(runner.loads).toMatchObject([{ key: "m-1", heads: { logits: { kind: "logits" } } }]);
    expect(scheduler.works).toEqual([{ model: "m-1", name: "m", client: "", head: "logits", items, signal: request.signal }]);
  });

  test("finds the model by the name that the client wrote, and keeps it as long as the request says", async () => {
    const asked: string[] = [];
    const { access } = createTestAccess(createManifest(), { store: { resolve: async (name) => (asked.push(name), createManifest()) } });
    await access.use({ ...createTaskRequest(), model: "some:latest", keepAliveMs: 1000 }, ["embed"], async () => undefined);
    expect(asked).toEqual(["some:latest"]);
    expect(Math.abs((access.loaded()[0]?.expiresAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
    access.close();
  });

  test("says how long it waited for the model the first time, and 0 after", async () => {
    const { access } = createTestAccess(createManifest());
    const wait = () => access.use(createTaskRequest(), ["embed"], async ({ loadNs }) => loadNs);
    expect(await wait()).toBeGreaterThan(0);
    expect(await wait()).toBe(0);
  });

  test("refuses a model of another task, and what the manifest alone can refuse, before it is loaded", async () => {
    const { access, runner } = createTestAccess(createManifest({ task: "sparse", taskOrigin: "termite.yaml" }));
    const work = async () => "done";
    expect(await rejection(access.use(createTaskRequest(), ["recognize"], work))).toMatchObject({
      code: "wrong_task",
      message: 'Cannot recognize entities with "m": it is a model for sparse (by termite.yaml)',
      hint: 'Name a model for recognize, or set models."m".task in termite.yaml if its files are wrong',
      details: { param: "model", model: "m", task: "sparse", need: ["recognize"] },
    });
    expect(await rejection(access.use(createTaskRequest(), ["embed", "classify"], work))).toMatchObject({
      message: 'Cannot embed or classify with "m": it is a model for sparse (by termite.yaml)',
    });
    const refuse = () => {
      throw new TermiteError("invalid_request", "Cannot do that");
    };
    expect(await rejection(access.use(createTaskRequest(), ["sparse"], work, { check: refuse }))).toHaveProperty("message", "Cannot do that");
    expect(runner.loads).toEqual([]);
    expect(await access.use(createTaskRequest(), ["embed", "sparse"], work)).toBe("done");
  });

  test("runs nothing for a client that has gone", async () => {
    const { access, scheduler } = createTestAccess(createManifest());
    const client = new AbortController();
    const used = access.use({ ...createTaskRequest(), signal: client.signal }, ["embed"], async (model) => {
      client.abort(new Error("client left"));
      return await model.run("embed", items);
    });
    expect(await rejection(used)).toHaveProperty("message", "client left");
    expect(scheduler.works).toEqual([]);
  });
});

describe("createModelAccess() useTokenizer", () => {
  test("opens the tokenizer of a model of any task and leaves its graph alone", async () => {
    const { access, runner, opened } = createTestAccess(createScorer("classify", ["a"]));
    const count = () => access.useTokenizer(createTaskRequest(), async (tokenizer, { id }) => `${id} ${tokenizer.vocabularySize}`);
    expect([await count(), await count()]).toEqual(["m 1114112", "m 1114112"]);
    expect([runner.loads, opened.length, access.loaded()]).toEqual([[], 1, []]);
    access.close();
  });

  test("shares it with the model when that is loaded", async () => {
    const { access, opened } = createTestAccess(createManifest());
    const alone = await access.useTokenizer(createTaskRequest(), async (tokenizer) => tokenizer);
    expect(await access.use(createTaskRequest(), ["embed"], async ({ tokenizer }) => tokenizer)).toBe(alone);
    expect(opened).toHaveLength(1);
  });
});

describe("createModelAccess() preload and unload", () => {
  test("load a model of any task ahead of its first request, and have it leave", async () => {
    const { access, runner } = createTestAccess(createScorer("rerank", ["LABEL_0"]));
    expect(await access.preload("alias")).toEqual({ model: "m", loadNs: expect.any(Number) });
    expect(access.loaded()).toMatchObject([{ isLoaded: true }]);
    expect(await access.unload("alias")).toBe("m");
    await Bun.sleep(0);
    expect([access.loaded(), runner.unloads]).toEqual([[], ["m-1"]]);
  });
});
