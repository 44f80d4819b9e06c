// A client of the real plugin: what it says of itself, what it refuses, and how it ends.
import { expect, test } from "bun:test";
import { NativeError } from "../../../src/errors.ts";
import { createClient } from "../../../src/ffi/pjrt/client.ts";
import { createAddition, floats, openTestPlugin, readFloats } from "../../fixtures/pjrt-plugin.ts";

const pjrt = openTestPlugin();
const ADDITION = createAddition("tensor<2xf32>");

test("createClient() reads platform and devices", () => {
  const client = createClient(pjrt);
  expect([client.platformName, client.platformVersion]).toEqual(["cpu", "cpu"]);
  expect(client.devices[0]).toMatchObject({ id: 0, kind: "cpu", debugString: "cpu:0" });
  expect(client.readMemory()).toBeUndefined();
  client.close();
});

test("createClient() throws the plugin's words when it does not know an option", () => {
  const error = new NativeError("pjrt", 3, "Unexpected option name passed to PJRT_Client_Create: nonsense");
  expect(() => createClient(pjrt, { nonsense: { type: "string", value: "x" } })).toThrow(error);
});

test("createClient() makes as many devices as its options say", () => {
  const client = createClient(pjrt, { cpu_device_count: { type: "i64", value: 3 } });
  expect(client.devices.map(({ id }) => id)).toEqual([0, 1, 2]);
  client.close();
});

test("close() closes buffers and executables first, and whoever uses one later is told", () => {
  const order: string[] = [];
  const client = createClient({
    ...pjrt,
    call(name, values) {
      if (name.endsWith("_Destroy") && name !== "Event_Destroy") order.push(name);
      return pjrt.call(name, values);
    },
  });
  const executable = client.compile(ADDITION);
  const buffer = client.upload(floats([2], [1, 2]));
  client.close();
  expect(order).toEqual(["Buffer_Destroy", "Executable_Destroy", "LoadedExecutable_Destroy", "Client_Destroy"]);
  for (const object of [client, executable, buffer]) object.close();
  expect(order).toHaveLength(4);
  const closed = (what: string): TypeError => new TypeError(`Cannot use a PJRT ${what}: found it closed`);
  expect(() => client.compile(ADDITION)).toThrow(closed("client"));
  expect(() => client.upload(floats([2], [1, 2]))).toThrow(closed("client"));
  expect(() => client.deserialize(new Uint8Array(8))).toThrow(closed("client"));
  expect(() => buffer.read()).toThrow(closed("buffer"));
  expect(() => executable.execute([])).toThrow(closed("executable"));
  expect(() => executable.serialize()).toThrow(closed("executable"));
  expect(client.readMemory()).toBeUndefined();
});

test("deserialize() loads what serialize() gave, also in another client", () => {
  const [first, second] = [createClient(pjrt), createClient(pjrt)];
  expect(first.canSerialize).toBe(true);
  const compiled = first.compile(ADDITION);
  const serialized = compiled.serialize();
  expect(compiled.serialize()).toEqual(serialized);
  first.close();
  const executable = second.deserialize(serialized);
  const operands = [second.upload(floats([2], [1, 2])), second.upload(floats([2], [30, 40]))];
  expect(executable.execute(operands).map((result) => readFloats(result.read(), 2))).toEqual([[31, 42]]);
  second.close();
});

test("deserialize() throws when the bytes are something else", () => {
  const client = createClient(pjrt);
  expect(() => client.deserialize(new TextEncoder().encode("no executable"))).toThrow(NativeError);
  client.close();
});
