// Tensors to the device and back, of every dtype.
import { afterAll, expect, test } from "bun:test";
import { createNativeBuffer } from "../../../src/ffi/memory.ts";
import { createClient } from "../../../src/ffi/pjrt/client.ts";
import { tensorBytes } from "../../../src/ffi/pjrt/elements.ts";
import type { DType } from "../../../src/tensor.ts";
import { createProgram, floats, openTestPlugin, readFloats } from "../../fixtures/pjrt-plugin.ts";

const client = createClient(openTestPlugin());
afterAll(() => client.close());

/** How StableHLO calls each dtype. */
const NAMES: Readonly<Record<DType, string>> = {
  bool: "i1", int8: "i8", int16: "i16", int32: "i32", int64: "i64", uint8: "ui8", uint16: "ui16", uint32: "ui32",
  uint64: "ui64", float16: "f16", float32: "f32", float64: "f64", bfloat16: "bf16",
};

test.each(Object.entries(NAMES))("read() gives back what was uploaded when it is %s", (dtype, name) => {
  const dims = [3, 5];
  const tensor = { dtype: dtype as DType, dims, buffer: createNativeBuffer(tensorBytes(dtype as DType, dims)) };
  tensor.buffer.bytes.forEach((_, i, bytes) => (bytes[i] = dtype === "bool" ? i % 2 : (i * 3) % 61));
  const uploaded = client.upload(tensor);
  // The runtime has its own copy.
  const bytes = tensor.buffer.bytes.slice();
  tensor.buffer.bytes.fill(0);
  expect(uploaded.read().bytes).toEqual(bytes);
  // Of a, b it is b: a program that changes no bit, which only an executable for this very type takes.
  const executable = client.compile(createProgram(`tensor<3x5x${name}>`, "", "%b, %a"));
  const [second, first] = executable.execute([uploaded, client.upload(tensor)]);
  expect(first?.shape).toEqual({ dtype: dtype as DType, dims });
  expect(first?.read().bytes).toEqual(bytes);
  expect(second?.read().bytes).toEqual(tensor.buffer.bytes);
});

test("read() gives rows when the program answers in columns", () => {
  const executable = client.compile(`module @columns {
    func.func public @main(%a: tensor<2x3xf32>) -> (tensor<2x3xf32> {mhlo.layout_mode = "{0,1}"}) {
      %b = stablehlo.add %a, %a : tensor<2x3xf32>
      return %b : tensor<2x3xf32>
    }
  }`);
  const [result] = executable.execute([client.upload(floats([2, 3], [1, 2, 3, 4, 5, 6]))]);
  expect(readFloats(result?.read() ?? createNativeBuffer(0), 6)).toEqual([2, 4, 6, 8, 10, 12]);
});

test("read() and upload() take a scalar and an empty tensor", () => {
  expect(readFloats(client.upload(floats([], [42])).read(), 1)).toEqual([42]);
  const empty = client.upload(floats([0, 4], []));
  expect([empty.sizeBytes, empty.read().bytes.some((byte) => byte !== 0)]).toEqual([0, false]);
});

test("read() writes into the caller's memory when it is large enough", () => {
  const buffer = client.upload(floats([4], [1, 2, 3, 4]));
  const target = createNativeBuffer(64);
  expect(buffer.read(target)).toBe(target);
  expect(readFloats(target, 5)).toEqual([1, 2, 3, 4, 0]);
  expect(() => buffer.read(createNativeBuffer(8))).toThrow(
    new RangeError("Cannot read a tensor: found 8 bytes, need 16"),
  );
});

test("upload() throws when the memory is smaller than the shape says", () => {
  const { buffer } = floats([2], [1, 2]);
  expect(() => client.upload({ dtype: "float32", dims: [2, 20], buffer })).toThrow(
    new RangeError("Cannot pass a tensor: found 8 bytes, need 160"),
  );
  expect(() => client.upload({ dtype: "float32", dims: Array.from({ length: 65 }, () => 1), buffer })).toThrow(
    new RangeError("Cannot pass a tensor: found rank 65"),
  );
});
