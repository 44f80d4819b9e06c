// The binding on the real plugin, before there is a client.
import { dlopen } from "bun:ffi";
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NativeError } from "../../../src/errors.ts";
import type { Address } from "../../../src/ffi/memory.ts";
import { bindTable, openPjrt, readAttributes } from "../../../src/ffi/pjrt/api.ts";
import { createNamedValues } from "../../../src/ffi/pjrt/named-values.ts";
import { openTable } from "../../../src/ffi/pjrt/table.ts";
import { LIBRARY_PATH } from "../../fixtures/onnxruntime.ts";
import { openTestPlugin, PLUGIN_PATH } from "../../fixtures/pjrt-plugin.ts";

const pjrt = openTestPlugin();

test("openPjrt() reads the version of the embedded plugin and finds its functions", () => {
  expect(pjrt.version).toBe("0.115");
  expect(pjrt.has("Executable_Serialize")).toBe(true);
});

test("readAttributes() reads named values with their types", () => {
  const { xla_version, stablehlo_current_version } = readAttributes(pjrt);
  expect(xla_version).toEqual({ type: "i64", value: 2 });
  expect(stablehlo_current_version).toEqual({ type: "i64[]", value: [1, 20, 0] });
});


test("call() releases every error that it throws", () => {
  const library = dlopen(PLUGIN_PATH, { GetPjrtApi: { args: [], returns: "ptr" } });
  const table = openTable(library.symbols.GetPjrtApi() as Address);
  const destroyed: Address[] = [];
  const counted = bindTable({
    ...table,
    functions: {
      ...table.functions,
      Error_Destroy: (args) => {
        destroyed.push(args);
        return table.functions.Error_Destroy?.(args) ?? null;
      },
    },
  }, library);
  const options = createNamedValues({ nonsense: { type: "bool", value: true } });
  for (let i = 0; i < 3; i++) {
    expect(() => counted.call("Client_Create", { create_options: options.address, num_options: 1 })).toThrow(
      new NativeError("pjrt", 3, "Unexpected option name passed to PJRT_Client_Create: nonsense"),
    );
  }
  expect(destroyed).toHaveLength(3);
});

test("call() throws when the plugin has no such function", () => {
  const without = bindTable({ version: "0.40", functions: {}, keepAlive: null }, null);
  expect(without.has("Executable_Serialize")).toBe(false);
  expect(() => without.call("Executable_Serialize", {})).toThrow(
    new NativeError("pjrt", -1, "Cannot call PJRT_Executable_Serialize: PJRT 0.40 has none"),
  );
});

const refuse = (content: string): NativeError => {
  const folder = mkdtempSync(join(tmpdir(), "termite-pjrt-"));
  try {
    const file = join(folder, "plugin.so");
    writeFileSync(file, content);
    openPjrt(file);
  } catch (error) {
    if (error instanceof NativeError) return error;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
  throw new Error("nothing was thrown");
};

test("openPjrt() throws NativeError without the path when the file is no library", () => {
  const error = refuse("no library at all");
  expect([error.library, error.nativeStatus]).toEqual(["pjrt", -1]);
  expect(error.message).toBe("Cannot open the PJRT plugin: file too short");
});

test("openPjrt() throws when the file is missing", () => {
  const found = "cannot open shared object file: No such file or directory";
  expect(() => openPjrt("/nonexistent/plugin.so")).toThrow(`Cannot open the PJRT plugin: ${found}`);
});

test("openPjrt() throws when the library is another one", () => {
  expect(() => openPjrt(LIBRARY_PATH)).toThrow(
    new NativeError("pjrt", -1, 'Cannot open the PJRT plugin: Symbol "GetPjrtApi" not found'),
  );
});
