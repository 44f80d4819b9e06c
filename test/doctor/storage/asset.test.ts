import { describe, expect, test } from "bun:test";
import { readAsset, resolveAsset } from "../../../src/doctor/storage/asset.ts";
import { TermiteError } from "../../../src/errors.ts";
import type { AssetState, AssetStore } from "../../../src/runtime/assets.ts";

const FACTS = { name: "pjrt-cpu", version: "0.11.2" } as const;

function createStore(state: AssetState, repair: () => Promise<boolean>): AssetStore {
  const info = { ...FACTS, sha256: "", sizeBytes: 1, packedBytes: 1 };
  return { info: () => info, path: async () => "", inspect: async () => state, repair };
}

describe("readAsset()", () => {
  test("repairs nothing when it is whole or not there", async () => {
    const repair = () => Promise.reject(new Error("not to be called"));
    expect(await readAsset(createStore("whole", repair), "pjrt-cpu")).toEqual({ ...FACTS, state: "whole" });
    expect(await readAsset(createStore("absent", repair), "pjrt-cpu")).toEqual({ ...FACTS, state: "absent" });
  });

  test("repairs what is damaged and keeps why it could not", async () => {
    const failure = new Error("no space");
    expect(await readAsset(createStore("damaged", async () => true), "pjrt-cpu")).toEqual({ ...FACTS, state: "damaged" });
    expect(await readAsset(createStore("damaged", () => Promise.reject(failure)), "pjrt-cpu")).toEqual({ ...FACTS, state: "damaged", failure });
  });
});

describe("resolveAsset()", () => {
  test("says in which state it is", () => {
    expect(resolveAsset({ ...FACTS, state: "whole" })).toEqual({ status: "ok", found: "pjrt-cpu 0.11.2 is whole" });
    expect(resolveAsset({ ...FACTS, state: "absent" })).toEqual({ status: "ok", found: "pjrt-cpu 0.11.2 is not extracted yet" });
    expect(resolveAsset({ ...FACTS, state: "damaged" })).toEqual({ status: "warn", found: "pjrt-cpu was damaged and is extracted anew" });
  });

  test("fails with the remedy of the failure when it cannot be mended", () => {
    const failure = new TermiteError("home_not_writable", 'Cannot write to "/r": the file system is read-only', { hint: "Remount it" });
    expect(resolveAsset({ ...FACTS, state: "damaged", failure })).toEqual({
      status: "fail",
      found: 'pjrt-cpu is damaged and cannot be extracted anew: Cannot write to "/r": the file system is read-only',
      needed: "the bytes that are inside this executable",
      remedy: "Remount it",
    });
    const denied = new TermiteError("home_not_writable", 'Cannot write to "/r": permission denied');
    expect(resolveAsset({ ...FACTS, state: "damaged", failure: denied }).remedy).toBe(
      "Set TERMITE_HOME (or --home) to a folder that you can write to",
    );
    expect(resolveAsset({ ...FACTS, state: "damaged", failure: new Error("boom") }).remedy).toBe(
      "Run again with --debug and report what it prints",
    );
  });
});
