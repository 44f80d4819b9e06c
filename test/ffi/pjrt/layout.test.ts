// Every offset and size of layout.ts: derived again from the header, and held against what was measured independently.
import { expect, test } from "bun:test";
import { join } from "node:path";
import { parseHeader } from "../../../scripts/pjrt/c-header.ts";
import { formatLayout } from "../../../scripts/pjrt/layout-source.ts";
import { BUFFER_TYPE, HEADER_VERSION, SLOTS, STRUCTS } from "../../../src/ffi/pjrt/layout.ts";

const ROOT = join(import.meta.dir, "../../..");
const header = parseHeader(await Bun.file(join(ROOT, "test/fixtures/pjrt/pjrt_c_api-0.81.h")).text());

test("layout.ts is what the header gives", async () => {
  expect(formatLayout(header)).toBe(await Bun.file(join(ROOT, "src/ffi/pjrt/layout.ts")).text());
  expect(HEADER_VERSION).toBe("0.81");
});

test.each(Object.keys(SLOTS) as (keyof typeof SLOTS)[])("SLOTS.%s is the header's", (name) => {
  const field = header.structs.get("PJRT_Api")?.fields.find((field) => field.name === `PJRT_${name}`);
  expect(field).toEqual({ name: `PJRT_${name}`, at: SLOTS[name], kind: "ptr" });
});

test.each(Object.keys(STRUCTS) as (keyof typeof STRUCTS)[])("STRUCTS.%s is the header's", (name) => {
  const struct = header.structs.get(name in SLOTS ? `PJRT_${name}_Args` : `PJRT_${name}`);
  const [size, extension, ...fields] = struct?.fields ?? [];
  expect([size?.at, size?.kind, extension?.at, extension?.kind]).toEqual([0, "u64", 8, "ptr"]);
  expect<number>(STRUCTS[name].size).toBe(struct?.structSize ?? 0);
  const found: unknown = Object.entries(STRUCTS[name].fields);
  expect(found).toEqual(fields.map(({ name, at, kind }) => [name, [at, kind]]));
});

/** Measured by calling PJRT 0.81 and 0.115, before there was a parser. */
const MEASURED_SLOTS: Partial<Record<keyof typeof SLOTS, number>> = {
  Error_Destroy: 40, Error_Message: 48, Error_GetCode: 56, Plugin_Initialize: 64, Plugin_Attributes: 72,
  Event_Destroy: 80, Event_Await: 104, Client_Create: 120, Client_Destroy: 128,
  Client_PlatformName: 136, Client_PlatformVersion: 152, Client_AddressableDevices: 168, Client_Compile: 200,
  Client_BufferFromHostBuffer: 216, Device_GetDescription: 272, Device_MemoryStats: 312, Executable_Destroy: 360,
  Executable_NumOutputs: 392, Executable_Serialize: 432, LoadedExecutable_Destroy: 440,
  LoadedExecutable_GetExecutable: 448, LoadedExecutable_Execute: 480, Executable_DeserializeAndLoad: 488,
  Buffer_Destroy: 504, Buffer_ToHostBuffer: 600,
};

/** `[size, { field: offset }]` */
const MEASURED_STRUCTS: Partial<Record<keyof typeof STRUCTS, readonly [number, Record<string, number>]>> = {
  Error_Message: [40, { error: 16, message: 24, message_size: 32 }],
  Error_GetCode: [28, { error: 16, code: 24 }],
  Plugin_Initialize: [16, {}],
  Plugin_Attributes: [32, { attributes: 16, num_attributes: 24 }],
  Api_Version: [24, { major_version: 16, minor_version: 20 }],
  NamedValue: [56, { name: 16, name_size: 24, type: 32, int64_value: 40, float_value: 40, value_size: 48 }],
  Client_Create: [88, { create_options: 16, num_options: 24, client: 64 }],
  Client_AddressableDevices: [40, { client: 16, addressable_devices: 24, num_addressable_devices: 32 }],
  Program: [48, { code: 16, code_size: 24, format: 32, format_size: 40 }],
  Client_Compile: [56, { client: 16, program: 24, compile_options: 32, compile_options_size: 40, executable: 48 }],
  Client_BufferFromHostBuffer: [120, {
    client: 16, data: 24, type: 32, dims: 40, num_dims: 48, byte_strides: 56, num_byte_strides: 64,
    host_buffer_semantics: 72, device: 80, memory: 88, device_layout: 96, done_with_host_buffer: 104, buffer: 112,
  }],
  ExecuteOptions: [112, {}],
  LoadedExecutable_Execute: [80, {
    executable: 16, options: 24, argument_lists: 32, num_devices: 40, num_args: 48, output_lists: 56,
    device_complete_events: 64, execute_device: 72,
  }],
  Buffer_ToHostBuffer: [56, { src: 16, host_layout: 24, dst: 32, dst_size: 40, event: 48 }],
  Executable_Serialize: [56, {
    executable: 16, serialized_bytes: 24, serialized_bytes_size: 32, serialized_executable: 40,
    serialized_executable_deleter: 48,
  }],
  Executable_DeserializeAndLoad: [64, {
    client: 16, serialized_executable: 24, serialized_executable_size: 32, loaded_executable: 40,
  }],
  Error_Destroy: [24, { error: 16 }],
  Event_Destroy: [24, { event: 16 }],
  Event_Await: [24, { event: 16 }],
  Client_Destroy: [24, { client: 16 }],
  LoadedExecutable_Destroy: [24, { executable: 16 }],
  Executable_Destroy: [24, { executable: 16 }],
  Buffer_Destroy: [24, { buffer: 16 }],
};

test("SLOTS are those that were measured", () => {
  expect<Partial<Record<keyof typeof SLOTS, number>>>(SLOTS).toMatchObject(MEASURED_SLOTS);
});

test.each(Object.entries(MEASURED_STRUCTS))("STRUCTS.%s is as it was measured", (name, [size, fields]) => {
  const struct = STRUCTS[name as keyof typeof STRUCTS];
  const found = Object.entries<readonly [number, string]>(struct.fields).map(([field, [at]]) => [field, at] as const);
  expect<number>(struct.size).toBe(size);
  expect(Object.fromEntries(found)).toMatchObject(fields);
});

test("BUFFER_TYPE holds the element types that were measured", () => {
  expect<object>(BUFFER_TYPE).toMatchObject({
    PRED: 1, S8: 2, S16: 3, S32: 4, S64: 5, U8: 6, U16: 7, U32: 8, U64: 9, F16: 10, F32: 11, F64: 12, BF16: 13,
  });
});

const VERSION = "#define PJRT_API_MAJOR 0\n#define PJRT_API_MINOR 7\n";

test("parseHeader() pads fields, keeps a union in one place, and counts no padding at the end", () => {
  const text = `${VERSION}
typedef enum { A = 2, B } Kind;
struct Inner { bool flag; int64_t wide; int last; };
PJRT_DEFINE_STRUCT_TRAITS(Inner, last);
struct Outer {
  bool a; Kind kind; union { Inner inner; float f; }; void (*deleter)(void* x); const char* const* names;
};`;
  const { version, enums, structs } = parseHeader(text);
  expect(version).toBe("0.7");
  expect([...(enums.get("Kind") ?? [])]).toEqual([["A", 2], ["B", 3]]);
  expect(structs.get("Inner")?.structSize).toBe(20);
  expect(structs.get("Outer")?.fields.map(({ name, at, kind }) => `${name}@${at} ${kind}`)).toEqual([
    "a@0 bool", "kind@4 i32", "inner@8 struct", "f@8 f32", "deleter@32 ptr", "names@40 ptr",
  ]);
});

test.each([
  ["a type that it does not know", `${VERSION}struct S { long double x; };`, 'found the field "long double x"'],
  ["another last field than the header says", `${VERSION}struct S { int a; };\nPJRT_DEFINE_STRUCT_TRAITS(S, b);`,
    'found "a" at the end of S, not "b"'],
  ["no version", "struct S { int a; };", "found no PJRT_API_MAJOR"],
])("parseHeader() throws when it finds %s", (_, text, found) => {
  expect(() => parseHeader(text)).toThrow(new Error(`Cannot read the header: ${found}`));
});
