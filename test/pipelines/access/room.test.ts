// Models under `max_loaded_models` and `max_memory_mb`: who leaves, who waits, who is refused.
import { describe, expect, test } from "bun:test";
import { LoadedModels } from "../../../src/pipelines/access/loaded-models.ts";
import type { UseOptions } from "../../../src/pipelines/access/loaded-models.ts";
import { createRecordedLog } from "../../models/model-folder.ts";
import { characterTokenizer, createManifest, createRecordedRunner, createTestClock } from "../embedder-parts.ts";
import { rejection } from "../../fixtures/test-runner.ts";

const MB = 1024 * 1024;
/** What is expected of a model beside 1.1 times its file. */
const EXTRA = 48 * MB;
const BASE = 100 * MB;

interface Setting {
  maxModels?: number;
  maxMb?: number;
  /** What a loaded model really takes, by id, where it is not what is expected of it. */
  sizesMb?: Readonly<Record<string, number>>;
}

/** A runner whose memory is what is loaded in it, and a house around it. */
function createHouse({ maxModels = Infinity, maxMb = Infinity, sizesMb = {} }: Setting) {
  const clock = createTestClock();
  const log = createRecordedLog();
  const recorded = createRecordedRunner();
  const loaded = new Map<string, number>();
  const events: string[] = [];
  const house = { keptBytes: 0, reclaims: 0 };
  const load: typeof recorded.load = async (model) => {
    events.push(`+${model.name}`);
    loaded.set(model.key, (sizesMb[model.name] ?? 100) * MB);
    return await recorded.load(model);
  };
  const unload = async (key: string) => {
    if (loaded.delete(key)) events.push(`-${key}`);
  };
  const memory = {
    read: async () => BASE + house.keptBytes + loaded.values().reduce((sum, bytes) => sum + bytes, 0),
    reclaim: async () => (house.reclaims++, (house.keptBytes = 0), house.reclaims === 1),
  };
  const room = { maxModels, maxBytes: maxMb * MB, memory };
  const models = new LoadedModels({
    openTokenizer: async () => characterTokenizer, runner: { load, unload }, log, repairEmbedded: async () => false,
    keepAliveMs: Infinity, clock, room,
  });
  const find = (id: string) => createManifest({ id, fingerprint: id, sizeBytes: (100 * MB - EXTRA) / 1.1 });
  const use = (id: string, options?: UseOptions) => models.use(find(id), async () => id, options);
  /** In use until it is told to end. */
  const hold = (id: string) => {
    const gate = Promise.withResolvers<void>();
    const done = models.use(find(id), async () => (await gate.promise, id));
    return { end: async () => (gate.resolve(), await done) };
  };
  const list = () => models.list().map(({ manifest: { id }, progress: { phase } }) => `${id} ${phase}`);
  return { models, clock, log, events, house, use, hold, list, find };
}

const settle = () => Bun.sleep(1);

describe("max_loaded_models", () => {
  test("has the one leave that was used longest ago, whatever was loaded first, and loads it again when it is asked for", async () => {
    const { use, events, log } = createHouse({ maxModels: 2 });
    for (const id of ["a", "b", "a", "c", "a", "b"]) expect(await use(id)).toBe(id);
    expect(events).toEqual(["+a", "+b", "-b", "+c", "-c", "+b"]);
    expect(log.lines).toContainEqual({ level: "info", message: "model unloaded", fields: { model: "b", reason: "another model needs its room" } });
  });

  test("counts what stays for ever too", async () => {
    const { use, events } = createHouse({ maxModels: 1 });
    await use("a", { keepAliveMs: Infinity });
    await use("b");
    expect(events).toEqual(["+a", "-a", "+b"]);
  });

  test("lets a load wait until one is idle, and says that it waits", async () => {
    const { use, hold, events, list } = createHouse({ maxModels: 1 });
    const busy = hold("a");
    await settle();
    const waiting = use("b");
    await settle();
    expect([events, list()]).toEqual([["+a"], ["a programs", "b room"]]);
    await busy.end();
    expect(await waiting).toBe("b");
    expect([events, list()]).toEqual([["+a", "-a", "+b"], ["b programs"]]);
  });

  test("gives a model its turn that finds the others always in use: their next requests wait behind it", async () => {
    const { use, hold, events, clock, list } = createHouse({ maxModels: 1 });
    const busy = hold("a");
    await settle();
    const waiting = use("b");
    await settle();
    clock.pass(1999);
    const meanwhile = hold("a");
    await settle();
    clock.pass(1);
    await settle();
    expect(list()).toEqual(["b room", "a programs"]);
    const late = use("a");
    await settle();
    expect(list()).toEqual(["b room", "a room"]);
    await Promise.all([busy.end(), meanwhile.end()]);
    expect(await Promise.all([waiting, late])).toEqual(["b", "a"]);
    expect(events).toEqual(["+a", "-a", "+b", "-b", "+a"]);
  });

  test("loads for those who came first first", async () => {
    const { use, hold, events } = createHouse({ maxModels: 1 });
    const busy = hold("a");
    await settle();
    const waiting = ["b", "c", "d"].map((id) => use(id));
    await settle();
    await busy.end();
    await Promise.all(waiting);
    expect(events.filter((event) => event.startsWith("+"))).toEqual(["+a", "+b", "+c", "+d"]);
  });

  test("rejects who waits with the signal's reason, and loads nothing for somebody who has gone", async () => {
    const { use, hold, events, list } = createHouse({ maxModels: 1 });
    const busy = hold("a");
    await settle();
    const client = new AbortController();
    const waiting = use("b", { signal: client.signal });
    const behind = use("c");
    await settle();
    client.abort(new Error("deadline"));
    expect(await rejection(waiting)).toHaveProperty("message", "deadline");
    expect(list()).toEqual(["a programs", "c room"]);
    await busy.end();
    expect(await behind).toBe("c");
    expect(events).toEqual(["+a", "-a", "+c"]);
  });

  test("unloads the state before a change to make room for the new one", async () => {
    const { models, events, find } = createHouse({ maxModels: 1 });
    await models.use(find("a"), async () => undefined);
    await models.use({ ...find("a"), fingerprint: "a-2" }, async () => undefined);
    expect(events).toEqual(["+a", "-a", "+a"]);
  });

  test("close() tells those who wait", async () => {
    const { models, use, hold } = createHouse({ maxModels: 1 });
    const busy = hold("a");
    await settle();
    const waiting = rejection(use("b"));
    await settle();
    models.close();
    expect(await waiting).toMatchObject({ code: "draining", message: "Cannot load model: the server is shutting down" });
    await busy.end();
  });
});

describe("max_memory_mb", () => {
  test("has as many leave as are needed, by what the processes really take", async () => {
    const { use, events } = createHouse({ maxMb: 410, sizesMb: { a: 60, b: 60, c: 150 } });
    for (const id of ["a", "b", "c", "d"]) await use(id);
    // 100 + 60 + 60 + 150 = 370 leave no room for the 100 that are expected of d; without a it is 310 + 100.
    expect(events).toEqual(["+a", "+b", "+c", "-a", "+d"]);
  });

  test("refuses by name what would not fit into an empty house, and unloads nothing for it", async () => {
    const { models, use, events } = createHouse({ maxMb: 210 });
    await use("a");
    const huge = createManifest({ id: "huge", fingerprint: "huge", sizeBytes: 400 * MB });
    expect(await rejection(models.use(huge, async () => undefined))).toMatchObject({
      code: "model_load_failed",
      message: 'Cannot load model "huge": found 488 MB for it beside 100 MB that stay without any model, max_memory_mb allows 210',
      hint: "Set max_memory_mb to 588 or more, or name a smaller variant of the model",
      details: { model: "huge", needBytes: 488 * MB, baseBytes: 100 * MB, maxBytes: 210 * MB },
    });
    expect(events).toEqual(["+a"]);
  });

  test("unloads and refuses what turned out to take more than there is, and knows it the next time", async () => {
    const { use, events } = createHouse({ maxMb: 210, sizesMb: { b: 150 } });
    await use("a");
    const message = 'Cannot load model "b": found 150 MB for it beside 100 MB that stay without any model, max_memory_mb allows 210';
    expect(await rejection(use("b"))).toHaveProperty("message", message);
    expect(events).toEqual(["+a", "-a", "+b", "-b"]);
    expect(await rejection(use("b"))).toHaveProperty("message", message);
    expect(events).toHaveLength(4);
    expect(await use("a")).toBe("a");
  });

  test("has idle ones leave when a model turned out to take more than was thought", async () => {
    const { use, events, list } = createHouse({ maxMb: 340, sizesMb: { a: 50, b: 220 } });
    await use("a");
    await use("b");
    expect([events, list()]).toEqual([["+a", "+b", "-a"], ["b programs"]]);
  });

  test("has a runner begin anew whose memory did not come back, before it refuses", async () => {
    const { use, house } = createHouse({ maxMb: 210 });
    await use("a");
    house.keptBytes = 50 * MB;
    expect(await use("b")).toBe("b");
    expect(house.reclaims).toBe(1);
  });

  test("unloads what is idle when processes have grown, then has a runner begin anew", async () => {
    const { use, hold, house, events, clock, log, models } = createHouse({ maxMb: 350 });
    const busy = hold("a");
    await settle();
    await use("b");
    house.keptBytes = 100 * MB;
    clock.pass(5000);
    await settle();
    expect([events, house.reclaims]).toEqual([["+a", "+b", "-b"], 0]);
    house.keptBytes = 200 * MB;
    clock.pass(5000);
    await settle();
    expect([events.length, house.reclaims]).toEqual([3, 1]);
    expect(log.lines).toContainEqual({
      level: "warn", message: "more memory is in use than max_memory_mb allows", fields: { bytes: 400 * MB, maxBytes: 350 * MB },
    });
    await busy.end();
    models.close();
    expect(clock.timers.size).toBe(0);
  });

  test("loads one model at a time", async () => {
    const { use, events } = createHouse({ maxMb: 10_000 });
    await Promise.all(["a", "b", "c"].map((id) => use(id)));
    expect(events).toEqual(["+a", "+b", "+c"]);
  });
});
