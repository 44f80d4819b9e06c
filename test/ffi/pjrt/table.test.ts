// Tables that are made here, in native memory: which ones are refused, and in which words.
import { expect, test } from "bun:test";
import { NativeError } from "../../../src/errors.ts";
import { createNativeBuffer } from "../../../src/ffi/memory.ts";
import type { NativeBuffer } from "../../../src/ffi/memory.ts";
import { API_VERSION_AT, SLOTS } from "../../../src/ffi/pjrt/layout.ts";
import { openTable } from "../../../src/ffi/pjrt/table.ts";

interface Table {
  sizeBytes?: number;
  major?: number;
  minor?: number;
  /** Slots that are null. */
  without?: readonly (keyof typeof SLOTS)[];
}

/** Its functions lie at addresses that nobody may call; binding them calls nothing. */
function createTable({ sizeBytes = 984, major = 0, minor = 81, without = [] }: Table): NativeBuffer {
  const table = createNativeBuffer(984);
  table.view.setBigUint64(0, BigInt(sizeBytes), true);
  table.view.setInt32(API_VERSION_AT + 16, major, true);
  table.view.setInt32(API_VERSION_AT + 20, minor, true);
  for (const at of Object.values(SLOTS)) table.view.setBigUint64(at, BigInt(table.address), true);
  for (const name of without) table.view.setBigUint64(SLOTS[name], 0n, true);
  return table;
}

const refusals: [string, Table, string][] = [
  ["major is 1", { major: 1, minor: 3 }, "found PJRT 1.3, need 0.x"],
  ["minor is negative", { minor: -1 }, "found PJRT 0.-1, need 0.x"],
  ["minor is no version", { minor: 1_000_000 }, "found PJRT 0.1000000, need 0.x"],
  ["struct_size is 0", { sizeBytes: 0 }, "found a function table of 0 bytes"],
  ["struct_size is absurd", { sizeBytes: 2 ** 40 }, "found a function table of 1099511627776 bytes"],
  ["struct_size ends before a needed function", { sizeBytes: 600, minor: 40 },
    "found PJRT 0.40 with a function table of 600 bytes, need 608 or more"],
  ["a needed function is null", { without: ["Client_Compile"] }, "found PJRT 0.81 without PJRT_Client_Compile"],
];

test.each(refusals)("openTable() throws when %s", (_, table, found) => {
  const memory = createTable(table);
  expect(() => openTable(memory.address)).toThrow(new NativeError("pjrt", -1, `Cannot open the PJRT plugin: ${found}`));
});

test("openTable() throws when there is no table", () => {
  const error = new NativeError("pjrt", -1, "Cannot open the PJRT plugin: GetPjrtApi answered null");
  expect(() => openTable(null)).toThrow(error);
});

test("openTable() binds every function when all are there", () => {
  const memory = createTable({ minor: 115 });
  const table = openTable(memory.address);
  expect(table.version).toBe("0.115");
  expect(Object.keys(table.functions)).toEqual(Object.keys(SLOTS));
});

test("openTable() leaves an optional function out when it is null", () => {
  const memory = createTable({ without: ["Executable_Serialize"] });
  expect(openTable(memory.address).functions.Executable_Serialize).toBeUndefined();
});

test("openTable() reads no pointer behind struct_size", () => {
  const memory = createTable({ sizeBytes: 760 });
  const { functions } = openTable(memory.address);
  expect(functions.Executable_OutputElementTypes).toBeUndefined();
  expect(functions.Executable_OutputDimensions).toBeUndefined();
  expect(functions.Buffer_ToHostBuffer).toBeDefined();
});
