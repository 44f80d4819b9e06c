import { describe, expect, test } from "bun:test";
import type { EngineFacts } from "../../../src/doctor/engines/engine.ts";
import { readDefaultModel, resolveDefaultModel } from "../../../src/doctor/settings/default-model.ts";
import type { ModelLooks } from "../../../src/doctor/settings/default-model.ts";
import { resolveFile } from "../../../src/doctor/settings/file.ts";
import { readPreloadedModels, resolvePreloadedModels } from "../../../src/doctor/settings/preload.ts";
import { isWanted } from "../../../src/doctor/settings/wanted.ts";
import { loadConfig } from "../../../src/config/load.ts";
import { TermiteError } from "../../../src/errors.ts";
import { createModelStore } from "../../../src/models/store.ts";

const load = (env: Record<string, string>) => loadConfig({ flags: {}, env: { HOME: "/nonexistent", ...env }, cwd: "/", isTerminal: false });
const LOG = { debug() {}, info() {}, warn() {}, error() {} };

test("resolveFile() names the file and warns of what is not obeyed", () => {
  expect(resolveFile({ file: undefined, warnings: [] })).toEqual({
    status: "ok",
    found: "no configuration file: defaults, environment and flags",
  });
  expect(resolveFile({ file: "/a/termite.yaml", warnings: [] })).toEqual({ status: "ok", found: "read from /a/termite.yaml" });
  expect(resolveFile({ file: "/a/termite.yaml", warnings: ["termite.yaml: pool_size is not obeyed"] })).toEqual({
    status: "warn",
    found: "read from /a/termite.yaml; termite.yaml: pool_size is not obeyed",
    needed: "only settings that are obeyed",
    remedy: "termite config --schema",
  });
});

describe("isWanted()", () => {
  test("is false for every target of the default list", async () => {
    const loaded = await load({});
    expect([isWanted(loaded, "cuda"), isWanted(loaded, "onnx:cpu"), isWanted(loaded, "tpu")]).toEqual([false, false, false]);
  });

  test("is true for what a written list names", async () => {
    const loaded = await load({ TERMITE_BACKEND_PRIORITY: "onnx:cuda,onnx:cpu" });
    expect([isWanted(loaded, "cuda"), isWanted(loaded, "onnx:cuda"), isWanted(loaded, "xla:cuda"), isWanted(loaded, "tpu")]).toEqual([true, true, false, false]);
  });

  test("is false for the devices of a bare word", async () => {
    const loaded = await load({ TERMITE_BACKEND_PRIORITY: "onnx,xla" });
    expect([isWanted(loaded, "cuda"), isWanted(loaded, "onnx:cpu")]).toEqual([false, false]);
  });

  test("is true for require_target", async () => {
    const loaded = await load({ TERMITE_REQUIRE_TARGET: "xla:tpu" });
    expect([isWanted(loaded, "tpu"), isWanted(loaded, "xla:tpu"), isWanted(loaded, "cuda")]).toEqual([true, true, false]);
  });
});

const MANIFEST = { id: "bge", embedded: true, maxTokens: 512 };
const WORKS: EngineFacts = {
  kind: "probed",
  target: "onnx:cpu",
  isBundled: true,
  foreign: [],
  outcome: { ok: true, report: { stage: "product", devices: [], mapped: [] }, ms: 1 },
};

async function createModelLooks(looks: Partial<ModelLooks> = {}): Promise<ModelLooks> {
  return {
    loaded: await load({ TERMITE_DEFAULT_MODEL: "bge" }),
    store: { resolve: async () => MANIFEST },
    asset: async (name) => ({ name, version: "1", state: "whole" }),
    engine: async () => WORKS,
    tryModel: async () => ({ ok: true, ms: 411.7 }),
    ...looks,
  };
}

describe("readDefaultModel()", () => {
  const find = async (looks: Partial<ModelLooks>) => resolveDefaultModel(await readDefaultModel(await createModelLooks(looks)));
  const never = () => Promise.reject(new Error("not to be tried"));

  test("says how long the model took to answer", async () => {
    expect(await find({})).toEqual({ status: "ok", found: '"bge", inside this executable, up to 512 tokens, gave a vector in 412 ms' });
  });

  test("fails when there is no such model", async () => {
    const store = createModelStore({ modelsDir: "/nonexistent/models", overrides: {}, log: LOG });
    expect(await find({ store, tryModel: never })).toEqual({
      status: "fail",
      found: 'default_model "bge": Cannot find model "bge": no such model in the models folder',
      needed: "a model that is there",
      remedy: 'See "termite models" for what there is',
    });
  });

  test("names another home when the model cannot be extracted", async () => {
    const failure = new TermiteError("home_not_writable", 'Cannot write to "/r": permission denied');
    expect((await find({ store: { resolve: () => Promise.reject(failure) } })).remedy).toBe(
      "Set TERMITE_HOME (or --home) to a folder that you can write to",
    );
  });

  test("fails with the child's words when the model cannot be loaded", async () => {
    const tryModel = async () => ({ ok: false, reason: 'Cannot load model "bge": it is junk', remedy: "Copy it anew" }) as const;
    expect(await find({ tryModel })).toEqual({
      status: "fail",
      found: '"bge", inside this executable, gave no vector: Cannot load model "bge": it is junk',
      needed: "a vector of it",
      remedy: "Copy it anew",
    });
    expect((await find({ tryModel: async () => ({ ok: false, reason: "no" }) })).remedy).toBe(
      "Mend its files, or set TERMITE_DEFAULT_MODEL (or --default-model) to another model",
    );
  });

  const BROKEN: EngineFacts = { kind: "unavailable", target: "onnx:cpu", isBundled: true, reason: "no space" };
  test.each([
    ["the engine", "its engine does not work", { engine: async () => BROKEN }],
    [
      "the tokenizer",
      "tokenizers is damaged",
      { asset: async (name) => ({ name, version: "1", state: "damaged", ...(name === "tokenizers" && { failure: "read-only" }) }) },
    ],
  ] as [string, string, Partial<ModelLooks>][])("does not try it when %s fails already", async (_, obstacle, looks) => {
    expect(await find({ ...looks, tryModel: never })).toEqual({
      status: "warn",
      found: `"bge", inside this executable, was not tried: ${obstacle}`,
      needed: "a vector of it",
      remedy: "Mend that first: it has a finding of its own",
    });
  });
});

describe("readPreloadedModels()", () => {
  const store = createModelStore({ modelsDir: "/nonexistent/models", overrides: {}, log: LOG });
  const find = async (names: readonly string[], models: Parameters<typeof readPreloadedModels>[0] = store) =>
    resolvePreloadedModels(await readPreloadedModels(models, names));

  test("is fine with none, and with those that are there", async () => {
    expect(await find([])).toEqual({ status: "ok", found: "preload names no model" });
    expect(await find(["a", "b"], { resolve: async () => MANIFEST })).toEqual({
      status: "ok",
      found: 'preload names "a", "b", on disk or inside this executable',
    });
  });

  test("fails with each that is not there", async () => {
    expect(await find(["a", "b"])).toEqual({
      status: "fail",
      found:
        'preload names what cannot be loaded: Cannot find model "a": no such model in the models folder; ' +
        'Cannot find model "b": no such model in the models folder',
      needed: "only models that are there",
      remedy: 'See "termite models" for what there is',
    });
  });
});
