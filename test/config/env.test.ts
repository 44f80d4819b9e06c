import { describe, expect, test } from "bun:test";
import { createChildEnvironment, readEnvironment } from "../../src/config/env.ts";

describe("readEnvironment()", () => {
  test("copies the process's environment", () => {
    const env = readEnvironment();
    expect(env.PATH).toBe(process.env.PATH ?? "");
    env.TERMITE_TEST_ONLY = "x";
    expect(process.env.TERMITE_TEST_ONLY).toBeUndefined();
  });
});

describe("createChildEnvironment()", () => {
  test("strips every name by which Bun runs or loads code and the server's keys, and keeps the rest", () => {
    const env = {
      PATH: "/bin",
      HOME: "/home/a",
      LD_LIBRARY_PATH: "/lib",
      NODE_ENV: "production",
      BUNNY: "kept",
      BUN_OPTIONS: "--preload ./x.ts",
      BUN_BE_BUN: "1",
      BUN_INSPECT: "1",
      BUN_INSPECT_PRELOAD: "./x.ts",
      BUN_RUNTIME_TRANSPILER_CACHE_PATH: "/tmp/x",
      BUN_JSC_useJIT: "0",
      JSC_useJIT: "0",
      NODE_OPTIONS: "--require ./x.js",
      NODE_PATH: "/tmp",
      TERMITE_API_KEYS: "correct-horse-battery",
      TERMITE_OFFLINE: "1",
    };
    expect(createChildEnvironment(env)).toEqual({
      PATH: "/bin",
      HOME: "/home/a",
      LD_LIBRARY_PATH: "/lib",
      NODE_ENV: "production",
      BUNNY: "kept",
      TERMITE_OFFLINE: "1",
      BUN_ENABLE_CRASH_REPORTING: "0",
    });
    expect(env.BUN_OPTIONS).toBe("--preload ./x.ts");
  });

  test("lets extra names win and passes them unstripped", () => {
    const env = createChildEnvironment({ A: "1", B: "2" }, { B: "3", BUN_JSC_forceRAMSize: "4" });
    expect(env).toEqual({ A: "1", B: "3", BUN_ENABLE_CRASH_REPORTING: "0", BUN_JSC_forceRAMSize: "4" });
  });
});
