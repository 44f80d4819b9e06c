// Objects of another thread: used as one's own, and left alone when they are closed.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { borrowClient, createClient } from "../../../src/ffi/pjrt/client.ts";
import type { PjrtClient } from "../../../src/ffi/pjrt/client.ts";
import { resolveNativeBuffer } from "../../../src/ffi/memory.ts";
import { createAddition, floats, openTestPlugin, readFloats } from "../../fixtures/pjrt-plugin.ts";

const pjrt = openTestPlugin();
let owner: PjrtClient;
beforeAll(() => (owner = createClient(pjrt)));
afterAll(() => owner.close());

test("borrowClient() runs the owner's program on the owner's buffers, and closes only what it made itself", () => {
  const executable = owner.compile(createAddition("tensor<2xf32>"));
  const weight = owner.upload(floats([2], [10, 20]));
  for (let round = 0; round < 3; round++) {
    const borrower = borrowClient(pjrt, owner.address);
    const program = borrower.borrowExecutable(executable.address);
    const [result] = program.execute([borrower.upload(floats([2], [1, 2])), borrower.borrowBuffer(weight.address)]);
    expect(result && readFloats(result.read(), 2)).toEqual([11, 22]);
    borrower.close();
    expect(() => program.execute([])).toThrow(new TypeError("Cannot use a PJRT executable: found it closed"));
  }
  expect(readFloats(weight.read(), 2)).toEqual([10, 20]);
  const [result] = executable.execute([weight, weight]);
  expect(result && readFloats(result.read(), 2)).toEqual([20, 40]);
});

test("upload() takes bytes that are there already, at any offset", () => {
  const bytes = new Uint8Array(new Float32Array([7, 8, 9]).buffer);
  const buffer = resolveNativeBuffer(bytes.subarray(4));
  expect(readFloats(owner.upload({ dtype: "float32", dims: [2], buffer }).read(), 2)).toEqual([8, 9]);
  expect(resolveNativeBuffer(new Uint8Array()).bytes.length).toBeGreaterThan(0);
});
