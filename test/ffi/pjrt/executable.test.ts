// Programs on the real plugin: their arithmetic, what they refuse, and that nothing is left behind either way.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { NativeError } from "../../../src/errors.ts";
import { createNativeBuffer } from "../../../src/ffi/memory.ts";
import { createClient } from "../../../src/ffi/pjrt/client.ts";
import type { PjrtClient } from "../../../src/ffi/pjrt/client.ts";
import type { Pjrt } from "../../../src/ffi/pjrt/api.ts";
import { createAddition, createProgram, floats, openTestPlugin, readFloats } from "../../fixtures/pjrt-plugin.ts";

const real = openTestPlugin();

/** How many objects of each kind are alive; `failAwait` makes the next event carry an error. */
const alive = { events: 0, buffers: 0, executables: 0 };
let failAwait = false;
const MAKE_EVENTS = ["Client_BufferFromHostBuffer", "LoadedExecutable_Execute", "Buffer_ToHostBuffer"];
const pjrt: Pjrt = {
  ...real,
  call(name, values) {
    const args = real.call(name, values);
    if (name === "Client_BufferFromHostBuffer") alive.buffers += 1;
    if (name === "LoadedExecutable_Execute") alive.buffers += 2;
    if (MAKE_EVENTS.includes(name)) alive.events += 1;
    if (name === "Client_Compile") alive.executables += 1;
    if (name === "Event_Destroy") alive.events -= 1;
    if (name === "Buffer_Destroy") alive.buffers -= 1;
    if (name === "LoadedExecutable_Destroy") alive.executables -= 1;
    if (name === "Event_Await" && failAwait) throw new NativeError("pjrt", 13, "the device is lost");
    return args;
  },
};

let client: PjrtClient;
beforeAll(() => {
  client = createClient(pjrt);
});
afterAll(() => client.close());

const TYPE = "tensor<2x2xf32>";
const TWO_RESULTS = createProgram(TYPE, `%c = stablehlo.add %a, %b : ${TYPE}
      %d = stablehlo.multiply %a, %b : ${TYPE}`, "%c, %d");

test("execute() gives every result of a program with several", () => {
  const executable = client.compile(TWO_RESULTS);
  expect(executable.outputCount).toBe(2);
  expect(executable.readOutputs()).toEqual([
    { dtype: "float32", dims: [2, 2] }, { dtype: "float32", dims: [2, 2] },
  ]);
  const inputs = [client.upload(floats([2, 2], [1, 2, 3, 4])), client.upload(floats([2, 2], [10, 20, 30, 40]))];
  for (let i = 0; i < 3; i++) {
    const results = executable.execute(inputs);
    expect(results.map((result) => readFloats(result.read(), 4))).toEqual([[11, 22, 33, 44], [10, 40, 90, 160]]);
    results.forEach((result) => result.close());
    Bun.gc(true);
  }
});

test("execute() multiplies matrices as JavaScript does", () => {
  const [rows, inner, columns] = [5, 7, 3];
  const left = Array.from({ length: rows * inner }, (_, i) => (i % 11) - 5);
  const right = Array.from({ length: inner * columns }, (_, i) => (i % 7) - 3);
  const client = createClient(real);
  const executable = client.compile(`module @product {
    func.func public @main(%a: tensor<5x7xf32>, %b: tensor<7x3xf32>) -> tensor<5x3xf32> {
      %c = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
        : (tensor<5x7xf32>, tensor<7x3xf32>) -> tensor<5x3xf32>
      return %c : tensor<5x3xf32>
    }
  }`);
  const expected = Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return Array.from({ length: inner }, (_, k) => (left[row * inner + k] ?? 0) * (right[k * columns + column] ?? 0))
      .reduce((sum, value) => sum + value, 0);
  });
  const inputs = [client.upload(floats([rows, inner], left)), client.upload(floats([inner, columns], right))];
  const [result] = executable.execute(inputs);
  expect(result?.shape).toEqual({ dtype: "float32", dims: [5, 3] });
  expect(readFloats(result?.read() ?? createNativeBuffer(0), 15)).toEqual(expected);
  client.close();
});

const failure = (body: () => unknown): NativeError => {
  try {
    body();
  } catch (error) {
    if (error instanceof NativeError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

test("compile() throws the plugin's words when the program is none", () => {
  const before = { ...alive };
  // The memory of a longer program is used again: nothing of it may be read.
  client.compile(TWO_RESULTS).close();
  const error = failure(() => client.compile("nonsense"));
  expect([error.library, error.nativeStatus]).toEqual(["pjrt", 2]);
  expect(error.message).toStartWith("-:1:1: error: custom op 'nonsense' is unknown (tried 'builtin.nonsense'");
  expect(alive).toEqual(before);
});

test("compile() throws when the types of a program do not fit", () => {
  const error = failure(() => client.compile(createAddition("tensor<2xf32>").replace("%b: tensor<2xf32>", "%b: i1")));
  expect(error.message).toContain("use of value '%b' expects different type than prior uses");
});

test("execute() throws when the number of inputs or a shape is wrong, and the next run is right", () => {
  const executable = client.compile(TWO_RESULTS);
  const input = client.upload(floats([2, 2], [1, 2, 3, 4]));
  const other = client.upload(floats([3], [1, 2, 3]));
  const before = { ...alive };
  expect(failure(() => executable.execute([input]))).toMatchObject({
    nativeStatus: 3, message: "Execution supplied 1 arguments but compiled program expected 2",
  });
  expect(failure(() => executable.execute([input, other])).message).toContain(
    "expected parameter 1 of size 16 (f32[2,2]{1,0}) but got buffer with incompatible size 12 (f32[3]{0})",
  );
  expect(alive).toEqual(before);
  expect(executable.execute([input, input])).toHaveLength(2);
});

test("execute(), upload() and read() destroy what they made when an event carries an error", () => {
  const executable = client.compile(TWO_RESULTS);
  const input = client.upload(floats([2, 2], [1, 2, 3, 4]));
  const before = { ...alive };
  failAwait = true;
  try {
    for (const body of [
      () => executable.execute([input, input]),
      () => client.upload(floats([2, 2], [1, 2, 3, 4])),
      () => input.read(),
    ]) expect(body).toThrow("the device is lost");
  } finally {
    failAwait = false;
  }
  expect(alive).toEqual(before);
});

test("close() of the client leaves no object alive", () => {
  client.close();
  expect(alive).toEqual({ events: 0, buffers: 0, executables: 0 });
});
