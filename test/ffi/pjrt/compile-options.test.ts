// Options of the compiler in the form that every plugin reads.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { formatCompileOptions } from "../../../src/ffi/pjrt/compile-options.ts";
import { createClient } from "../../../src/ffi/pjrt/client.ts";
import type { PjrtClient } from "../../../src/ffi/pjrt/client.ts";
import { createAddition, openTestPlugin } from "../../fixtures/pjrt-plugin.ts";

let client: PjrtClient;
beforeAll(() => (client = createClient(openTestPlugin())));
afterAll(() => client.close());

test("formatCompileOptions() writes flags behind what every program has", () => {
  const plain = formatCompileOptions();
  expect(Buffer.from(plain).toString("hex")).toBe("1a0f08ffffffffffffffffff01200128012001");
  const flags = Buffer.from(formatCompileOptions({ a: 300, b: true, c: "x" }).subarray(plain.length)).toString("hex");
  expect(flags).toBe(["3a08", "0a0161", "1203", "18ac02", "3a07", "0a0162", "1202", "1001", "3a08", "0a0163", "1203", "0a0178"].join(""));
  expect(() => formatCompileOptions({ a: -1 })).toThrow(new RangeError("Cannot write a compile option: found -1"));
});

test("compile() takes flags that the plugin knows, and names one that it does not", () => {
  client.compile(createAddition("tensor<2xf32>"), { xla_cpu_prefer_vector_width: 512 }).close();
  expect(() => client.compile(createAddition("tensor<2xf32>"), { xla_no_such_flag: true })).toThrow("xla_no_such_flag");
});
