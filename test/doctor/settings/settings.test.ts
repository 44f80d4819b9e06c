import { describe, expect, test } from "bun:test";
import { readDefaultModel, resolveDefaultModel } from "../../../src/doctor/settings/default-model.ts";
import { resolveFile } from "../../../src/doctor/settings/file.ts";
import { isWanted } from "../../../src/doctor/settings/wanted.ts";
import { loadConfig } from "../../../src/config/load.ts";
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

test("resolveDefaultModel() says which model is meant", () => {
  const manifest = { id: "bge", embedded: false, maxTokens: 512 };
  expect(resolveDefaultModel({ name: "bge", manifest })).toEqual({ status: "ok", found: '"bge", on disk, up to 512 tokens' });
});

test("resolveDefaultModel() fails when there is no such model", async () => {
  const store = createModelStore({ modelsDir: "/nonexistent/models", overrides: {}, log: LOG });
  expect(resolveDefaultModel(await readDefaultModel(store, "bge"))).toEqual({
    status: "fail",
    found: 'default_model "bge": Cannot find model "bge": no such model in the models folder',
    needed: "a model that is there",
    remedy: 'See "termite models" for what there is',
  });
});
