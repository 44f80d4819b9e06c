import { expect, test } from "bun:test";
import { readHomeNeeds } from "../../../src/doctor/storage/needs.ts";
import type { AssetFacts } from "../../../src/doctor/storage/asset.ts";
import type { AssetName, AssetStore } from "../../../src/runtime/assets.ts";

const SIZES: Readonly<Record<AssetName, number>> = { libonnxruntime: 30, "pjrt-cpu": 300, tokenizers: 3, "default-model": 20 };

function read(states: Partial<Record<AssetName, Partial<AssetFacts>>>) {
  const info: AssetStore["info"] = (name) => ({ name, version: "1", sha256: "", sizeBytes: SIZES[name], packedBytes: 1 });
  const assets: AssetStore = { info, path: async () => "", inspect: async () => "whole", repair: async () => true };
  const asset = async (name: AssetName): Promise<AssetFacts> => ({ name, version: "1", state: "whole", ...states[name] });
  return readHomeNeeds({ assets, asset, assetNames: ["libonnxruntime", "pjrt-cpu", "tokenizers", "default-model"] });
}

test("readHomeNeeds() counts what a server needs apart from what only doctor runs", async () => {
  expect(await read({})).toEqual({ servingBytes: 0, allBytes: 0 });
  expect(await read({ "pjrt-cpu": { state: "absent" } })).toEqual({ servingBytes: 0, allBytes: 300 });
  expect(await read({ "pjrt-cpu": { state: "absent" }, tokenizers: { state: "absent" } })).toEqual({ servingBytes: 3, allBytes: 303 });
});

test("readHomeNeeds() counts what is damaged only when it could not be mended", async () => {
  const failure = new Error("no space");
  expect(await read({ libonnxruntime: { state: "damaged" }, "default-model": { state: "damaged", failure } })).toEqual({
    servingBytes: 20,
    allBytes: 20,
  });
});
