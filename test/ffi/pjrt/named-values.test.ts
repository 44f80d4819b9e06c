import { expect, test } from "bun:test";
import { createNamedValues, readNamedValues } from "../../../src/ffi/pjrt/named-values.ts";
import type { NamedValues } from "../../../src/ffi/pjrt/named-values.ts";

test("readNamedValues() reads what createNamedValues() wrote, of every type", () => {
  const values: NamedValues = {
    allocator: { type: "string", value: "cuda_async é" },
    empty: { type: "string", value: "" },
    ordinal: { type: "i64", value: -3 },
    visible_devices: { type: "i64[]", value: [0, 5, 2 ** 40] },
    memory_fraction: { type: "f32", value: 0.25 },
    preallocate: { type: "bool", value: true },
    "näme": { type: "bool", value: false },
  };
  const native = createNamedValues(values);
  Bun.gc(true);
  expect(native.count).toBe(7);
  expect(readNamedValues(native.address, native.count)).toEqual(values);
});

test("createNamedValues() gives a null pointer when there are none", () => {
  expect(createNamedValues({})).toMatchObject({ address: null, count: 0 });
  expect(readNamedValues(null, 0)).toEqual({});
});
