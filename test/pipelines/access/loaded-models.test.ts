import { describe, expect, test } from "bun:test";
import type { ModelManifest } from "../../../src/models/manifest.ts";
import { LoadedModels } from "../../../src/pipelines/access/loaded-models.ts";
import { createRecordedLog } from "../../models/model-folder.ts";
import { characterTokenizer, createManifest, createScorer, createRecordedRunner, createTestClock } from "../embedder-parts.ts";
import { rejection } from "../../fixtures/test-runner.ts";

const create = (runner = createRecordedRunner(), log = createRecordedLog(), repairEmbedded = async () => false) => {
  const opened: ModelManifest[] = [];
  const openTokenizer = async (manifest: ModelManifest) => (opened.push(manifest), characterTokenizer);
  const clock = createTestClock();
  return { runner, log, opened, clock, models: new LoadedModels({ openTokenizer, runner, log, repairEmbedded, keepAliveMs: 60_000, clock }) };
};
const manifest = createManifest();
const changed = createManifest({ fingerprint: "m-2" });
const ready = async () => "done";

describe("LoadedModels use()", () => {
  test("loads once for everyone who asks at the same time", async () => {
    const { models, runner, opened } = create();
    expect(models.has(manifest)).toBe(false);
    await Promise.all([1, 2, 3].map(() => models.use(manifest, ready)));
    expect(models.has(manifest)).toBe(true);
    expect(runner.loads).toEqual([{ key: "m-1", name: "m", graphFile: "model.onnx", heads: manifest.heads, maxTokens: 8 }]);
    expect(opened).toEqual([manifest]);
  });

  test("loads the embedded model again once it was repaired, and no other model", async () => {
    for (const [embedded, isDamaged, outcome] of [[true, true, "done"], [true, false, "broken"], [false, true, "broken"]] as const) {
      let loads = 0;
      const load = async () => {
        if (++loads === 1) throw new Error("broken");
        return { inputs: [], outputs: [], padded: true, width: undefined };
      };
      const { models } = create({ ...createRecordedRunner(), load }, createRecordedLog(), async () => isDamaged);
      const used = models.use(createManifest({ embedded }), ready).catch((error: Error) => error.message);
      expect({ embedded, isDamaged, outcome: await used }).toEqual({ embedded, isDamaged, outcome });
    }
  });

  test.each([
    ["an embedding model", manifest, { task: "embed", taskFrom: "modules.json", pooling: "1_Pooling/config.json" }],
    ["another", createScorer("rerank", ["LABEL_0"]), { task: "rerank", taskFrom: "config.json" }],
  ])("says what it takes %s for", async (_, used, said) => {
    const { models, log } = create();
    await models.use(used, ready);
    const fields = { model: "m", ms: expect.any(Number), ...said, limit: used.maxTokens, limitFrom: "config.json" };
    expect(log.lines).toEqual([{ level: "info", message: "model loaded", fields }]);
  });

  test("answers a failed load to everyone who waits, and tries again at the next request", async () => {
    const runner = createRecordedRunner();
    let failures = 1;
    const load: typeof runner.load = async (model) => {
      if (failures-- > 0) throw new Error("broken");
      return await runner.load(model);
    };
    const { models } = create({ ...runner, load });
    const first = await Promise.allSettled([1, 2].map(() => models.use(manifest, ready)));
    expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await models.use(manifest, ready)).toBe("done");
    expect(runner.loads).toHaveLength(1);
  });

  test("unloads the state before a change once its last user has left", async () => {
    const { models, runner } = create();
    const gate = Promise.withResolvers<string>();
    const slow = models.use(manifest, async () => await gate.promise);
    await models.use(changed, ready);
    expect(runner.unloads).toEqual([]);
    gate.resolve("slow");
    expect(await slow).toBe("slow");
    expect(runner.unloads).toEqual(["m-1"]);
    expect([models.has(manifest), models.has(changed)]).toEqual([false, true]);
  });

  test("keeps the state that was asked for last, whichever load ends first", async () => {
    const runner = createRecordedRunner();
    const gate = Promise.withResolvers<void>();
    const load: typeof runner.load = async (model) => {
      if (model.key === "m-1") await gate.promise;
      return await runner.load(model);
    };
    const { models } = create({ ...runner, load });
    const slow = models.use(manifest, ready);
    await models.use(changed, ready);
    gate.resolve();
    expect(await slow).toBe("done");
    expect([runner.unloads, models.has(changed)]).toEqual([["m-1"], true]);
  });

  test("unloads an unused state at once, and leaves other models alone", async () => {
    const { models, runner } = create();
    await models.use(createManifest({ id: "other", fingerprint: "o-1" }), ready);
    await models.use(manifest, ready);
    await models.use(changed, ready);
    expect(runner.unloads).toEqual(["m-1"]);
  });

  test("keeps the state before a change when the new one cannot load", async () => {
    const runner = createRecordedRunner();
    const load: typeof runner.load = async (model) => {
      if (model.key === "m-2") throw new Error("broken");
      return await runner.load(model);
    };
    const { models } = create({ ...runner, load });
    await models.use(manifest, ready);
    expect(await rejection(models.use(changed, ready))).toHaveProperty("message", "broken");
    expect([runner.unloads, models.has(manifest)]).toEqual([[], true]);
  });

  test("takes up a state again when the files are as they were before it left", async () => {
    const { models, runner } = create();
    const gate = Promise.withResolvers<string>();
    const slow = models.use(manifest, async () => await gate.promise);
    await models.use(changed, ready);
    await models.use(manifest, ready);
    gate.resolve("slow");
    await slow;
    expect([runner.unloads, models.has(manifest)]).toEqual([["m-2"], true]);
  });

  test("rejects with the signal's reason when it aborts, and the load goes on for others", async () => {
    const runner = createRecordedRunner();
    const gate = Promise.withResolvers<void>();
    const load: typeof runner.load = async (model) => {
      await gate.promise;
      return await runner.load(model);
    };
    const { models } = create({ ...runner, load });
    const client = new AbortController();
    const gone = models.use(manifest, ready, { signal: client.signal });
    const other = models.use(manifest, ready);
    client.abort(new Error("client left"));
    expect(await rejection(gone)).toHaveProperty("message", "client left");
    gate.resolve();
    expect(await other).toBe("done");
  });

  test("warns when the runner cannot unload", async () => {
    const runner = { ...createRecordedRunner(), unload: async () => Promise.reject(new Error("gone")) };
    const { models, log } = create(runner);
    await models.use(manifest, ready);
    await models.use(changed, ready);
    await Bun.sleep(0);
    expect(log.lines.filter(({ level }) => level === "warn")).toEqual([
      { level: "warn", message: "cannot unload a model", fields: { model: "m", error: "gone" } },
    ]);
  });
});

/** Lets what was begun come to its end: nothing here waits for more than microtasks. */
const settle = () => Bun.sleep(0);

describe("LoadedModels keep_alive", () => {
  test("unloads a model that nobody used for its time, and loads it again when it is asked for", async () => {
    const { models, runner, clock, log } = create();
    await models.use(manifest, ready);
    clock.pass(59_999);
    expect([models.has(manifest), runner.unloads]).toEqual([true, []]);
    clock.pass(1);
    await settle();
    expect([models.has(manifest), models.list(), runner.unloads]).toEqual([false, [], ["m-1"]]);
    expect(log.lines.at(-1)).toEqual({ level: "info", message: "model unloaded", fields: { model: "m", reason: "keep_alive" } });
    expect(await models.use(manifest, ready)).toBe("done");
    expect(runner.loads).toHaveLength(2);
  });

  test("counts from the last use, and never while somebody uses it", async () => {
    const { models, runner, clock } = create();
    const gate = Promise.withResolvers<string>();
    await models.use(manifest, ready);
    clock.pass(50_000);
    const slow = models.use(manifest, async () => await gate.promise);
    await models.use(manifest, ready);
    clock.pass(1_000_000);
    expect([models.has(manifest), clock.timers.size]).toEqual([true, 0]);
    gate.resolve("slow");
    await slow;
    clock.pass(59_999);
    expect(runner.unloads).toEqual([]);
    clock.pass(1);
    await settle();
    expect(runner.unloads).toEqual(["m-1"]);
  });

  test("takes a request's own time until another request says one", async () => {
    const { models, clock } = create();
    const leftMs = () => models.list().map(({ expiresAtMs }) => expiresAtMs - clock.now());
    await models.use(manifest, ready, { keepAliveMs: 5000 });
    expect(leftMs()).toEqual([5000]);
    clock.pass(4000);
    expect(leftMs()).toEqual([1000]);
    await models.use(manifest, ready);
    expect(leftMs()).toEqual([5000]);
    await models.use(manifest, ready, { keepAliveMs: Infinity });
    await models.use(manifest, ready);
    expect([leftMs(), clock.timers.size]).toEqual([[Infinity], 0]);
    await models.use(manifest, ready, { keepAliveMs: 1 });
    clock.pass(1);
    expect(models.list()).toEqual([]);
    await models.use(manifest, ready);
    expect(leftMs()).toEqual([60_000]);
  });

  test("0 unloads at once, but not under somebody who still uses it", async () => {
    const { models, runner } = create();
    const gate = Promise.withResolvers<string>();
    const slow = models.use(manifest, async () => await gate.promise);
    await models.use(manifest, ready, { keepAliveMs: 0 });
    await settle();
    expect(runner.unloads).toEqual([]);
    gate.resolve("slow");
    expect(await slow).toBe("slow");
    expect(models.list()).toEqual([]);
    await settle();
    expect(runner.unloads).toEqual(["m-1"]);
  });

  test("lists a model from its first use: loading, then loaded, with the time when it expires", async () => {
    const runner = createRecordedRunner();
    const gate = Promise.withResolvers<void>();
    const { models, clock } = create({ ...runner, load: async (model) => (await gate.promise, await runner.load(model)) });
    expect(models.list()).toEqual([]);
    const used = models.use(manifest, ready);
    await settle();
    const begunMs = clock.now();
    clock.pass(500);
    const expiresAtMs = clock.now() + 60_000;
    expect(models.list()).toEqual([{ manifest, isLoaded: false, progress: { phase: "session", sinceMs: begunMs }, expiresAtMs }]);
    gate.resolve();
    await used;
    expect(models.list()).toEqual([{ manifest, isLoaded: true, progress: { phase: "programs", sinceMs: clock.now() }, expiresAtMs }]);
  });

  test("lists no state before a change, and forgets a load that failed", async () => {
    const runner = createRecordedRunner();
    const load: typeof runner.load = async (model) => {
      if (model.key === "broken") throw new Error("broken");
      return await runner.load(model);
    };
    const { models, clock } = create({ ...runner, load });
    const gate = Promise.withResolvers<string>();
    const slow = models.use(manifest, async () => await gate.promise);
    await models.use(changed, ready);
    expect(models.list().map(({ manifest: { fingerprint } }) => fingerprint)).toEqual(["m-2"]);
    gate.resolve("slow");
    await slow;
    await rejection(models.use(createManifest({ fingerprint: "broken" }), ready));
    expect([models.list().length, clock.timers.size]).toEqual([1, 1]);
  });

  test("a request that comes while its model leaves waits and has it loaded again", async () => {
    const runner = createRecordedRunner();
    const gate = Promise.withResolvers<void>();
    const order: string[] = [];
    const { models } = create({
      ...runner,
      load: async (model) => (order.push("load"), await runner.load(model)),
      unload: async () => {
        order.push("unload");
        await gate.promise;
        order.push("unloaded");
      },
    });
    await models.use(manifest, ready, { keepAliveMs: 0 });
    const again = [models.use(manifest, ready), models.use(manifest, ready)];
    await settle();
    expect(order).toEqual(["load", "unload"]);
    gate.resolve();
    expect(await Promise.all(again)).toEqual(["done", "done"]);
    expect([order, models.has(manifest)]).toEqual([["load", "unload", "unloaded", "load"], true]);
  });

  test("unloads after the load when whoever asked for it has left meanwhile", async () => {
    const runner = createRecordedRunner();
    const gate = Promise.withResolvers<void>();
    const { models } = create({ ...runner, load: async (model) => (await gate.promise, await runner.load(model)) });
    const client = new AbortController();
    const gone = models.use(manifest, ready, { signal: client.signal, keepAliveMs: 0 });
    client.abort(new Error("client left"));
    expect(await rejection(gone)).toHaveProperty("message", "client left");
    await settle();
    expect([models.list(), runner.unloads]).toEqual([[], []]);
    gate.resolve();
    await settle();
    expect(runner.unloads).toEqual(["m-1"]);
  });

  test("a load that failed after its last client left does not unload the model that a retry loaded", async () => {
    const runner = createRecordedRunner();
    const gate = Promise.withResolvers<void>();
    let failures = 1;
    const load: typeof runner.load = async (model) => {
      await gate.promise;
      if (failures-- > 0) throw new Error("broken");
      return await runner.load(model);
    };
    const { models, clock } = create({ ...runner, load });
    const client = new AbortController();
    const gone = models.use(manifest, ready, { signal: client.signal });
    client.abort(new Error("client left"));
    expect(await rejection(gone)).toHaveProperty("message", "client left");
    expect(clock.timers.size).toBe(1);
    gate.resolve();
    await settle();
    const work = Promise.withResolvers<string>();
    const slow = models.use(manifest, async () => await work.promise);
    await settle();
    clock.pass(1_000_000);
    await settle();
    expect([runner.unloads, models.list().length, models.has(manifest)]).toEqual([[], 1, true]);
    work.resolve("slow");
    expect(await slow).toBe("slow");
  });

  test("expire() has every state of a model leave once it is not used, and no other model", async () => {
    const { models, runner } = create();
    const gate = Promise.withResolvers<string>();
    await models.use(createManifest({ id: "other", fingerprint: "o-1" }), ready);
    const slow = models.use(manifest, async () => await gate.promise);
    models.expire("m");
    models.expire("unknown");
    await settle();
    expect(runner.unloads).toEqual([]);
    gate.resolve("slow");
    await slow;
    await settle();
    expect(runner.unloads).toEqual(["m-1"]);
    await models.use(manifest, ready);
    models.expire("m");
    await settle();
    expect([runner.unloads, models.list().map(({ manifest: { id } }) => id)]).toEqual([["m-1", "m-1"], ["other"]]);
  });

  test("close() calls every timer off, also those of requests that end later", async () => {
    const { models, runner, clock } = create();
    const gate = Promise.withResolvers<string>();
    await models.use(createManifest({ id: "other", fingerprint: "o-1" }), ready);
    const slow = models.use(manifest, async () => await gate.promise, { keepAliveMs: 0 });
    models.close();
    gate.resolve("slow");
    await slow;
    clock.pass(1e9);
    await settle();
    expect([clock.timers.size, runner.unloads]).toEqual([0, []]);
  });
});
