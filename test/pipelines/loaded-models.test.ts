import { describe, expect, test } from "bun:test";
import { LoadedModels } from "../../src/pipelines/loaded-models.ts";
import { createRecordedLog } from "../models/model-folder.ts";
import { characterTokenizer, createManifest, createRecordedRunner } from "./embedder-parts.ts";
import { rejection } from "../fixtures/test-runner.ts";

const create = (runner = createRecordedRunner(), log = createRecordedLog(), repairEmbedded = async () => false) => {
  const opened: { file: string; name: string; trusted: boolean }[] = [];
  const tokenizers = { open: async (file: (typeof opened)[number]) => (opened.push(file), characterTokenizer) };
  return { runner, log, opened, models: new LoadedModels({ tokenizers, runner, log, repairEmbedded }) };
};
const manifest = createManifest();
const changed = createManifest({ fingerprint: "m-2" });
const ready = async () => "done";

describe("LoadedModels use()", () => {
  test("loads once for everyone who asks at the same time", async () => {
    const { models, runner, opened } = create();
    expect(models.has(manifest)).toBe(false);
    await Promise.all([1, 2, 3].map(() => models.use(manifest, undefined, ready)));
    expect(models.has(manifest)).toBe(true);
    expect(runner.loads).toEqual([{ key: "m-1", name: "m", graphFile: "model.onnx", heads: { embed: manifest.head }, maxTokens: 8 }]);
    expect(opened).toEqual([{ file: "tokenizer.json", name: "m", trusted: false }]);
  });

  test("loads the embedded model again once it was repaired, and no other model", async () => {
    for (const [embedded, isDamaged, outcome] of [[true, true, "done"], [true, false, "broken"], [false, true, "broken"]] as const) {
      let loads = 0;
      const load = async () => {
        if (++loads === 1) throw new Error("broken");
        return { inputs: [], outputs: [], padded: true, width: undefined };
      };
      const { models } = create({ ...createRecordedRunner(), load }, createRecordedLog(), async () => isDamaged);
      const used = models.use(createManifest({ embedded }), undefined, ready).catch((error: Error) => error.message);
      expect({ embedded, isDamaged, outcome: await used }).toEqual({ embedded, isDamaged, outcome });
    }
  });

  test("trusts the tokenizer of the embedded model", async () => {
    const { models, opened } = create();
    await models.use(createManifest({ embedded: true }), undefined, ready);
    expect(opened[0]?.trusted).toBe(true);
  });

  test("answers a failed load to everyone who waits, and tries again at the next request", async () => {
    const runner = createRecordedRunner();
    let failures = 1;
    const load: typeof runner.load = async (model) => {
      if (failures-- > 0) throw new Error("broken");
      return await runner.load(model);
    };
    const { models } = create({ ...runner, load });
    const first = await Promise.allSettled([1, 2].map(() => models.use(manifest, undefined, ready)));
    expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await models.use(manifest, undefined, ready)).toBe("done");
    expect(runner.loads).toHaveLength(1);
  });

  test("unloads the state before a change once its last user has left", async () => {
    const { models, runner } = create();
    const gate = Promise.withResolvers<string>();
    const slow = models.use(manifest, undefined, async () => await gate.promise);
    await models.use(changed, undefined, ready);
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
    const slow = models.use(manifest, undefined, ready);
    await models.use(changed, undefined, ready);
    gate.resolve();
    expect(await slow).toBe("done");
    expect([runner.unloads, models.has(changed)]).toEqual([["m-1"], true]);
  });

  test("unloads an unused state at once, and leaves other models alone", async () => {
    const { models, runner } = create();
    await models.use(createManifest({ id: "other", fingerprint: "o-1" }), undefined, ready);
    await models.use(manifest, undefined, ready);
    await models.use(changed, undefined, ready);
    expect(runner.unloads).toEqual(["m-1"]);
  });

  test("keeps the state before a change when the new one cannot load", async () => {
    const runner = createRecordedRunner();
    const load: typeof runner.load = async (model) => {
      if (model.key === "m-2") throw new Error("broken");
      return await runner.load(model);
    };
    const { models } = create({ ...runner, load });
    await models.use(manifest, undefined, ready);
    expect(await rejection(models.use(changed, undefined, ready))).toHaveProperty("message", "broken");
    expect([runner.unloads, models.has(manifest)]).toEqual([[], true]);
  });

  test("takes up a state again when the files are as they were before it left", async () => {
    const { models, runner } = create();
    const gate = Promise.withResolvers<string>();
    const slow = models.use(manifest, undefined, async () => await gate.promise);
    await models.use(changed, undefined, ready);
    await models.use(manifest, undefined, ready);
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
    const gone = models.use(manifest, client.signal, ready);
    const other = models.use(manifest, undefined, ready);
    client.abort(new Error("client left"));
    expect(await rejection(gone)).toHaveProperty("message", "client left");
    gate.resolve();
    expect(await other).toBe("done");
  });

  test("warns when the runner cannot unload", async () => {
    const runner = { ...createRecordedRunner(), unload: async () => Promise.reject(new Error("gone")) };
    const { models, log } = create(runner);
    await models.use(manifest, undefined, ready);
    await models.use(changed, undefined, ready);
    await Bun.sleep(0);
    expect(log.lines.filter(({ level }) => level === "warn")).toEqual([
      { level: "warn", message: "cannot unload a model whose files changed", fields: { model: "m", error: "Error: gone" } },
    ]);
  });
});
