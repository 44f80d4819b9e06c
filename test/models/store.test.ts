import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import { rmSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { ModelOverride } from "../../src/config/config.ts";
import { createModelStore } from "../../src/models/store.ts";
import {
  MODULES, POOLING, createGraph, createModel, createRecordedLog, createTemporaryFolder, float32Bytes, formatSafetensors, writeFiles,
  type Files,
} from "./model-folder.ts";
import { rejection } from "../fixtures/test-runner.ts";

const EMBEDDED = "all-minilm-l6-v2:int8";
const DIGEST = "d".repeat(64);

const openStore = (models: Readonly<Record<string, Files>>, overrides: Record<string, ModelOverride> = {}) => {
  const modelsDir = createTemporaryFolder();
  const aliases = { small: "x:q4", "nomic:v1": "embedders/z", hidden: "x", lost: "gone" };
  for (const [name, files] of Object.entries(models)) writeFiles(join(modelsDir, name), files);
  const inside = writeFiles(createTemporaryFolder(), createModel({ "sentence_bert_config.json": { max_seq_length: 256 } }));
  const embedded = { id: EMBEDDED, dir: async () => inside, repair: async () => false, sizeBytes: 22, modifiedAt: 1, digest: DIGEST };
  const log = createRecordedLog();
  return { modelsDir, log, store: createModelStore({ modelsDir, embedded, overrides, aliases, log }) };
};
const resolveId = async (store: ReturnType<typeof openStore>["store"], name: string) => (await store.resolve(name)).id;
const listIds = async (store: ReturnType<typeof openStore>["store"]) => (await store.list()).map(({ id }) => id);

describe("createModelStore() resolve", () => {
  test.each([
    ["x", "x", "x/model.onnx"],
    ["x:latest", "x", "x/model.onnx"],
    ["x:q4", "x:q4", "x/onnx/model_q4.onnx"],
    ["owner/y", "owner/y", "owner/y/onnx/model.onnx"],
    ["owner/y:fp16", "owner/y:fp16", "owner/y/model_fp16.onnx"],
    ["z", "z", "embedders/z/model.onnx"],
    ["embedders/z", "z", "embedders/z/model.onnx"],
    ["owner/w", "owner/w", "rerankers/owner/w/model.onnx"],
    ["rerankers/owner/w", "owner/w", "rerankers/owner/w/model.onnx"],
  ])("finds %p", async (name, id, graph) => {
    const { store, modelsDir } = openStore({
      x: createModel({ "onnx/model_q4.onnx": createGraph() }),
      "owner/y": { "tokenizer.json": {}, "onnx/model.onnx": createGraph(), "model_fp16.onnx": createGraph() },
      "embedders/z": createModel(),
      "rerankers/owner/w": createModel(),
    });
    expect(await store.resolve(name)).toMatchObject({ id, graphFile: join(modelsDir, graph), embedded: false });
  });

  test("gives the embedded model by its name, and by its bare name only while no such folder exists", async () => {
    const { store, modelsDir } = openStore({});
    expect([await resolveId(store, "all-minilm-l6-v2"), await resolveId(store, EMBEDDED)]).toEqual([EMBEDDED, EMBEDDED]);
    writeFiles(join(modelsDir, "all-minilm-l6-v2"), createModel());
    expect([await resolveId(store, "all-minilm-l6-v2"), await resolveId(store, EMBEDDED)]).toEqual(["all-minilm-l6-v2", EMBEDDED]);
    expect([(await store.resolve("all-minilm-l6-v2")).embedded, (await store.resolve(EMBEDDED)).embedded]).toEqual([false, true]);
    writeFiles(join(modelsDir, "all-minilm-l6-v2"), { "onnx/model_int8.onnx": createGraph() });
    expect((await store.resolve(EMBEDDED)).embedded).toBe(false);
  });

  test("takes the variant of the configuration for the bare name, and its words for each variant", async () => {
    const overrides = { x: { variant: "q4", prompts: { default: "p " } }, "x:q4": { pooling: "cls" as const } };
    const { store } = openStore({ x: createModel({ "onnx/model_q4.onnx": createGraph() }) }, overrides);
    expect(await store.resolve("x")).toMatchObject({ id: "x:q4", defaultPrompt: "p ", heads: { embed: { modes: ["cls"] } } });
    expect(await listIds(store)).toEqual([EMBEDDED, "x:q4"]);
  });

  test("uses the folder without a kind and warns once when the same id is there twice", async () => {
    const { store, modelsDir, log } = openStore({ x: createModel(), "embedders/x": createModel(), "chunkers/x": createModel() });
    expect((await store.resolve("x")).graphFile).toBe(join(modelsDir, "x/model.onnx"));
    await store.resolve("x");
    expect(await listIds(store)).toEqual([EMBEDDED, "x"]);
    expect(log.lines).toEqual([
      {
        level: "warn",
        message: "two model folders have the same name",
        fields: { model: "x", used: "x", ignored: "embedders/x, chunkers/x" },
      },
    ]);
    expect((await store.resolve("embedders/x")).graphFile).toBe(join(modelsDir, "embedders/x/model.onnx"));
  });

  test("follows a folder that the user linked", async () => {
    const { store, modelsDir } = openStore({});
    symlinkSync(writeFiles(createTemporaryFolder(), createModel()), join(modelsDir, "linked"));
    expect(await resolveId(store, "linked")).toBe("linked");
    expect(await listIds(store)).toEqual([EMBEDDED, "linked"]);
  });

  test("looks at the files again once the time is over for which an answer stands", async () => {
    const modelsDir = createTemporaryFolder();
    const store = createModelStore({ modelsDir, overrides: {}, log: createRecordedLog(), standsMs: 40 });
    expect(String(await rejection(store.resolve("x")))).toContain('"x"');
    writeFiles(join(modelsDir, "x"), createModel());
    const first = await store.resolve("x");
    rmSync(join(modelsDir, "x"), { recursive: true });
    expect(await store.resolve("x")).toBe(first);
    await Bun.sleep(60);
    expect(String(await rejection(store.resolve("x")))).toContain('"x"');
  });

  test("notices new, changed and removed files without a restart", async () => {
    const { store, modelsDir } = openStore({});
    expect(await rejection(store.resolve("x"))).toHaveProperty("message", 'Cannot find model "x": no such model in the models folder');
    const folder = writeFiles(join(modelsDir, "x"), createModel());
    const before = await store.resolve("x");
    expect(await store.resolve("x")).toBe(before);
    utimesSync(join(folder, "model.onnx"), 1, 1);
    expect((await store.resolve("x")).fingerprint).not.toBe(before.fingerprint);
    writeFiles(folder, { "sentence_bert_config.json": { max_seq_length: 3 } });
    expect((await store.resolve("x")).maxTokens).toBe(3);
    rmSync(folder, { recursive: true });
    expect(await rejection(store.resolve("x"))).toMatchObject({ code: "model_not_found" });
  });

  test.each([
    ["bge-smal-en", 'Did you mean "bge-small-en"?'],
    ["bge-small-en:q4", 'Did you mean "bge-small-en" or "bge-small-en:int8"?'],
    ["completely-different", 'See "termite models" for what there is'],
  ])("names the nearest models when %p is unknown", async (name, hint) => {
    const { store } = openStore({ "bge-small-en": createModel({ "onnx/model_int8.onnx": createGraph() }) });
    expect(await rejection(store.resolve(name))).toMatchObject({
      code: "model_not_found",
      message: `Cannot find model "${name}": no such model in the models folder`,
      hint,
    });
  });

  test.each([
    ["small", "x:q4"],
    ["small:latest", "x:q4"],
    ["nomic:v1", "z"],
  ])("gives the model that the alias %p stands for", async (name, id) => {
    const { store, log } = openStore({ x: createModel({ "onnx/model_q4.onnx": createGraph() }), "embedders/z": createModel() });
    expect([(await store.resolve(name)).id, (await store.describe(name)).id, log.lines]).toEqual([id, id, []]);
  });

  test("means the alias before a folder of the same name, and says so once", async () => {
    const { store, log } = openStore({ x: createModel(), "rerankers/hidden": createModel() });
    expect([await resolveId(store, "hidden"), await resolveId(store, "hidden:latest")]).toEqual(["x", "x"]);
    expect(await resolveId(store, "rerankers/hidden")).toBe("hidden");
    const fields = { alias: "hidden", model: "x" };
    expect(log.lines).toEqual([{ level: "warn", message: "an alias hides the model folder of the same name", fields }]);
  });

  test("names the alias of a model that is not there, and aliases among the nearest names", async () => {
    const { store } = openStore({});
    expect(await rejection(store.resolve("lost"))).toMatchObject({
      code: "model_not_found", message: 'Cannot find model "gone": no such model in the models folder', hint: '"lost" is an alias of it',
    });
    expect(await rejection(store.resolve("smal"))).toMatchObject({ hint: 'Did you mean "small"?' });
    expect(await rejection(store.resolve("toString"))).toMatchObject({ code: "model_not_found" });
  });

  test.each(["../outside", "x/../../outside", "embedders/../../outside", "/", "\0", "x:../../outside/model"])(
    "never leaves the models folder by the name %p",
    async (name) => {
      const { store, modelsDir } = openStore({ x: createModel() });
      writeFiles(join(modelsDir, "..", "outside"), createModel());
      expect(await rejection(store.resolve(name))).toMatchObject({ code: "model_not_found" });
      rmSync(join(modelsDir, "..", "outside"), { recursive: true });
    },
  );

  test("says that a model cannot load when its folder has no graph", async () => {
    const { store } = openStore({ x: { "tokenizer.json": {} } });
    expect(await rejection(store.resolve("x"))).toMatchObject({
      code: "model_load_failed",
      message: 'Cannot load model "x": found no "model.onnx" and no "onnx/model.onnx" in its folder',
    });
  });
});

describe("createModelStore() describe", () => {
  test("tells of a model on disk what its files say, and of the embedded one more once it was used", async () => {
    const { store, modelsDir } = openStore({ "embedders/x": createModel({ "config.json": { model_type: "bert" } }), y: createModel() });
    utimesSync(join(modelsDir, "embedders/x/model.onnx"), 5, 5);
    const sizeBytes = createGraph().length;
    const weights = { parameters: 20, quantization: "F32" };
    const x = { id: "x", task: "embed" as const, embedded: false, digest: expect.stringMatching(/^[0-9a-f]{64}$/), sizeBytes, modifiedAt: 5 };
    expect(await store.describe("embedders/x:latest")).toEqual({ ...x, architecture: "bert", weights });
    expect(await store.describe("y")).toMatchObject({ architecture: undefined, weights });
    const embedded = { id: EMBEDDED, task: "embed" as const, embedded: true, digest: DIGEST, sizeBytes: 22, modifiedAt: 1, architecture: undefined };
    expect(await store.describe(EMBEDDED)).toEqual({ ...embedded, weights: {} });
    expect(await store.resolve(EMBEDDED)).toMatchObject({ digest: DIGEST, sizeBytes: 22, modifiedAt: 1 });
    expect(await store.describe("all-minilm-l6-v2")).toEqual({ ...embedded, weights });
  });

  test("reads the files of a listed model no second time, and counts only a changed graph anew", async () => {
    const { store, modelsDir } = openStore({ x: createModel({ "config.json": { model_type: "bert" } }) });
    const folder = join(modelsDir, "x");
    const settle = (name: string) => utimesSync(join(folder, name), 5, 5);
    for (const name of ["model.onnx", "config.json"]) settle(name);
    expect((await store.list()).map(({ id }) => id)).toEqual([EMBEDDED, "x"]);
    // As large and as old as before, in place: whoever reads them again says something else.
    writeFiles(folder, { "config.json": { model_type: "bart" } });
    settle("config.json");
    const before = await store.describe("x");
    expect(before).toMatchObject({ architecture: "bert", weights: { parameters: 20 } });
    const { weights, ...identity } = before;
    expect(await store.identify("x")).toEqual(identity);
    writeFiles(folder, { "model.onnx": Buffer.alloc(createGraph().length) });
    settle("model.onnx");
    writeFiles(folder, { "sentence_bert_config.json": { max_seq_length: 3 } });
    expect(await store.describe("x")).toEqual({ ...identity, architecture: "bart", digest: expect.not.stringMatching(identity.digest), weights });
    utimesSync(join(folder, "model.onnx"), 6, 6);
    expect(await store.describe("x")).toMatchObject({ weights: {} });
  });

  test("gives another digest once a file has changed, and the manifest's own", async () => {
    const { store, modelsDir } = openStore({ x: createModel() });
    const before = (await store.describe("x")).digest;
    expect((await store.describe("x")).digest).toBe(before);
    expect((await store.resolve("x")).digest).toBe(before);
    writeFiles(join(modelsDir, "x"), { "sentence_bert_config.json": { max_seq_length: 3 } });
    expect((await store.describe("x")).digest).not.toBe(before);
  });

  test("says what resolve() says of a model that is unknown or cannot load", async () => {
    const { store } = openStore({ bad: createModel({ "modules.json": "[" }) });
    expect(await rejection(store.describe("bed"))).toMatchObject({ code: "model_not_found", hint: 'Did you mean "bad"?' });
    expect(await rejection(store.describe("bad"))).toHaveProperty("message", 'Cannot load model "bad": "modules.json" is not valid JSON');
  });
});

describe("createModelStore() list", () => {
  test("gives every graph with its size and time, the external data included, and the embedded model", async () => {
    const { store, modelsDir } = openStore({
      "embedders/owner/x": createModel({ "onnx/model_q4.onnx": "1234", "onnx/model_q4.onnx_data": "567" }),
      ".hidden": createModel(),
      "rerankers/y": createModel(),
    });
    utimesSync(join(modelsDir, "embedders/owner/x/onnx/model_q4.onnx"), 5, 5);
    const list = await store.list();
    expect(list.map(({ id }) => id)).toEqual([EMBEDDED, "owner/x", "owner/x:q4", "y"]);
    expect(list[0]).toEqual({ id: EMBEDDED, task: "embed", embedded: true, sizeBytes: 22, modifiedAt: 1 });
    expect(list[3]).toMatchObject({ id: "y", kind: "rerankers", task: "rerank" });
    expect(list[2]).toEqual({ id: "owner/x:q4", kind: "embedders", task: "embed", embedded: false, sizeBytes: 7, modifiedAt: 5 });
  });

  test("says what is wrong with a model that cannot load", async () => {
    const { store } = openStore({
      bad: createModel({ "modules.json": "[" }),
      empty: { "config.json": {} },
    });
    expect((await store.list()).map(({ id, problem }) => [id, problem])).toEqual([
      [EMBEDDED, undefined],
      ["bad", 'Cannot load model "bad": "modules.json" is not valid JSON'],
      ["empty", 'Cannot load model "empty": found no "model.onnx" and no "onnx/model.onnx" in its folder'],
    ]);
  });

  test("shows a graph that is a pipe and opens none, nor takes a folder beside a graph for its data", async () => {
    const { store, modelsDir } = openStore({ piped: { "tokenizer.json": {} }, x: createModel({ "model.onnx.cache/a": "1" }) });
    Bun.spawnSync(["mkfifo", join(modelsDir, "piped", "model.onnx")]);
    expect((await store.list()).map(({ id, problem }) => [id, problem])).toEqual([
      [EMBEDDED, undefined],
      ["piped", 'Cannot load model "piped": found "model.onnx", which is no file'],
      ["x", undefined],
    ]);
  });

  test("keeps no weights of the models that it lists", async () => {
    const bytes = float32Bytes([1, 2]);
    const tensors = formatSafetensors({ "linear.weight": { dtype: "F32", shape: [1, 2], bytes } });
    const files = createModel({
      "modules.json": [...MODULES, { idx: 3, name: "3", path: "3_Dense", type: "sentence_transformers.models.Dense" }],
      "1_Pooling/config.json": POOLING,
      "3_Dense/config.json": { in_features: 2, out_features: 1, bias: false },
      "3_Dense/model.safetensors": tensors,
    });
    const { store } = openStore(Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`x${index}`, files])));
    const countArrays = () => (Bun.gc(true), heapStats().objectTypeCounts["Float32Array"] ?? 0);
    const before = countArrays();
    const countUsable = async () => (await store.list()).filter(({ problem }) => problem === undefined).length;
    expect(await countUsable()).toBe(21);
    expect(countArrays() - before).toBeLessThan(10);
    expect(await countUsable()).toBe(21);
  });

  test("has the embedded model alone when there is no models folder", async () => {
    const { store, modelsDir } = openStore({});
    rmSync(modelsDir, { recursive: true });
    expect(await listIds(store)).toEqual([EMBEDDED]);
  });
});
