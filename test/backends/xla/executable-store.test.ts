// Programs that one client compiles and another one runs.
import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDiskCache } from "../../../src/backends/xla/disk-cache.ts";
import { createExecutableStore } from "../../../src/backends/xla/executable-store.ts";
import type { ExecutableStore } from "../../../src/backends/xla/executable-store.ts";
import { NativeError } from "../../../src/errors.ts";
import { createClient } from "../../../src/ffi/pjrt/client.ts";
import type { PjrtClient } from "../../../src/ffi/pjrt/client.ts";
import { createAddition, floats, openTestPlugin, readFloats } from "../../fixtures/pjrt-plugin.ts";

// Compilers are slow on a busy machine.
setDefaultTimeout(60_000);

const pjrt = openTestPlugin();
const ADDITION = createAddition("tensor<2xf32>");
let folder: string;
let client: PjrtClient;
let compiler: PjrtClient;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "termite-store-"));
  [client, compiler] = [createClient(pjrt), createClient(pjrt)];
});
afterEach(() => {
  compiler.close();
  client.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (flags = {}): ExecutableStore =>
  createExecutableStore({ client, compiler, cache: openDiskCache({ folder, maxBytes: 1e9 }), identity: ["test"], flags });
const add = (store: ExecutableStore): number[] => {
  const { executable } = store.compile(ADDITION);
  const [sum] = executable.execute([floats([2], [1, 2]), floats([2], [10, 20])].map((tensor) => client.upload(tensor)));
  return sum === undefined ? [] : readFloats(sum.read(), 2);
};

test("compile() gives a program that outlives the client that compiled it", () => {
  const { executable, sizeBytes } = open().compile(ADDITION);
  compiler.close();
  const [sum] = executable.execute([floats([2], [1, 2]), floats([2], [10, 20])].map((tensor) => client.upload(tensor)));
  expect(sum && readFloats(sum.read(), 2)).toEqual([11, 22]);
  expect(sizeBytes).toBeGreaterThan(0);
});

test("compile() keeps what find() gives to the next start", () => {
  open().compile(ADDITION);
  expect(readdirSync(folder)).toHaveLength(1);
  const bytes = open().find(ADDITION);
  expect(bytes && client.deserialize(bytes).outputCount).toBe(1);
});

test("compile() leaves out flags that the plugin does not know", () => {
  expect(add(open({ xla_no_such_flag: true }))).toEqual([11, 22]);
});

test("compile() throws NativeError when the compiler refuses the text", () => {
  expect(() => open().compile("module @broken {")).toThrow(NativeError);
});
