import { ptr } from "bun:ffi";
import { expect, test } from "bun:test";
import {
  checkedPointer, createCString, createGrowingBuffer, createNativeBuffer, createNativeView, readCString, readPointer,
  writePointers,
} from "../../src/ffi/memory.ts";
import type { Address } from "../../src/ffi/memory.ts";

test("createNativeBuffer() keeps its address when its buffer is touched and sliced", () => {
  const buffer = createNativeBuffer(64);
  buffer.bytes.subarray(8);
  structuredClone(buffer.bytes);
  Bun.gc(true);
  expect(ptr(buffer.bytes.buffer)).toBe(buffer.address);
  buffer.bytes[3] = 42;
  expect(new Uint8Array(createNativeView(buffer.address, 64))[3]).toBe(42);
});

test("createNativeBuffer() has an address when nothing is asked for", () => {
  expect(createNativeBuffer(0).address).toBeGreaterThan(0);
});

test("createCString() ends with a zero and comes back whole", () => {
  const text = "é 🐜 end";
  const buffer = createCString(text);
  expect(buffer.bytes.at(-1)).toBe(0);
  expect(readCString(buffer.address)).toBe(text);
});

test("createCString() throws when the text holds a zero", () => {
  expect(() => createCString("a\0b")).toThrow("Cannot pass a string to native code: found a zero character");
});

test("readPointer() reads what writePointers() wrote", () => {
  const buffer = createNativeBuffer(16);
  writePointers(buffer, [0x7f12_3456_789a as Address, null]);
  expect(readPointer(buffer, 0)).toBe(0x7f12_3456_789a as Address);
  expect(readPointer(buffer, 1)).toBeNull();
  expect(() => checkedPointer(buffer, 1)).toThrow("Cannot use a native handle: found a null pointer");
});

test("createGrowingBuffer() gives the same memory until more is needed", () => {
  const growing = createGrowingBuffer();
  const small = growing.reserve(10);
  expect(growing.reserve(1000)).toBe(small);
  const large = growing.reserve(5000);
  expect(large.bytes.length).toBe(8192);
  expect(growing.reserve(10)).toBe(large);
});
