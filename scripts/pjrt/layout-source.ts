// What of the header goes into src/ffi/pjrt/layout.ts, and that file's text. Pure.
import type { Header, HeaderStruct } from "./c-header.ts";

/** Functions that we call; each has one argument struct of its own name. */
const FUNCTIONS = [
  "Error_Destroy", "Error_Message", "Error_GetCode",
  "Plugin_Initialize", "Plugin_Attributes",
  "Event_Destroy", "Event_Await",
  "Client_Create", "Client_Destroy", "Client_PlatformName", "Client_PlatformVersion", "Client_AddressableDevices",
  "Client_Compile", "Client_BufferFromHostBuffer",
  "DeviceDescription_Id", "DeviceDescription_Kind", "DeviceDescription_DebugString",
  "Device_GetDescription", "Device_MemoryStats",
  "Executable_Destroy", "Executable_NumOutputs", "Executable_Serialize",
  "LoadedExecutable_Destroy", "LoadedExecutable_GetExecutable", "LoadedExecutable_Execute",
  "Executable_DeserializeAndLoad",
  "Buffer_Destroy", "Buffer_ElementType", "Buffer_Dimensions", "Buffer_ToHostBuffer",
  "Executable_OutputElementTypes", "Executable_OutputDimensions",
];

const STRUCTS = [
  "Api_Version", "NamedValue", "Program", "ExecuteOptions", "Buffer_MemoryLayout", "Buffer_MemoryLayout_Tiled",
];

/** Enum and what its constants begin with. */
const ENUMS = {
  NamedValue_Type: "PJRT_NamedValue_k",
  HostBufferSemantics: "PJRT_HostBufferSemantics_k",
  Buffer_MemoryLayout_Type: "PJRT_Buffer_MemoryLayout_Type_",
  Buffer_Type: "PJRT_Buffer_Type_",
};

/** They stand at the head of every struct and are set for every call. */
const HEAD = ["struct_size", "extension_start"];
const WIDTH = 120;

export function formatLayout(header: Header): string {
  const ofFunctions = FUNCTIONS.map((name) => [name, `PJRT_${name}_Args`] as const);
  const structs = [...ofFunctions, ...STRUCTS.map((name) => [name, `PJRT_${name}`] as const)];
  const api = findStruct(header, "PJRT_Api");
  return [
    `// Layout of the PJRT C API ${header.version}: made by \`bun scripts/pjrt/derive-layout.ts HEADER\`, not by hand.`,
    `// Left out: "PJRT_", "_Args", and the head of every struct: struct_size u64 @0, extension_start @8.`,
    "",
    `export const HEADER_VERSION = "${header.version}";`,
    "",
    "/** Byte offset of the version in `PJRT_Api`. */",
    `export const API_VERSION_AT = ${findOffset(api, "pjrt_api_version")};`,
    "",
    "/** Byte offset of each function pointer in `PJRT_Api`. */",
    "export const SLOTS = {",
    ...FUNCTIONS.map((name) => `  ${name}: ${findOffset(api, `PJRT_${name}`)},`),
    "} as const;",
    "",
    "/** `struct_size` of each struct in the header (which is not always `sizeof`), and where its fields are. */",
    "export const STRUCTS = {",
    ...structs.flatMap(([name, cName]) => formatStruct(name, findStruct(header, cName))),
    "} as const;",
    "",
    ...Object.entries(ENUMS).flatMap(([name, prefix]) => formatEnum(header, name, prefix)),
  ].join("\n").trimEnd().concat("\n");
}

function findStruct(header: Header, name: string): HeaderStruct {
  const struct = header.structs.get(name);
  if (struct === undefined) throw new Error(`Cannot derive the layout: found no struct "${name}" in the header`);
  return struct;
}

function findOffset(struct: HeaderStruct, name: string): number {
  const field = struct.fields.find((field) => field.name === name);
  if (field === undefined) throw new Error(`Cannot derive the layout: found no "${name}" in the header`);
  return field.at;
}

function formatStruct(name: string, struct: HeaderStruct): string[] {
  const fields = struct.fields.filter((field) => !HEAD.includes(field.name));
  const parts = fields.map(({ name, at, kind }) => `${name}: [${at}, "${kind}"]`);
  const line = `  ${name}: { size: ${struct.structSize}, fields: { ${parts.join(", ")} } },`.replace("{  }", "{}");
  if (line.length <= WIDTH) return [line];
  const short = `    fields: { ${parts.join(", ")} },`;
  const inner = short.length <= WIDTH ? [short] : ["    fields: {", ...wrap(parts, "      "), "    },"];
  return [`  ${name}: {`, `    size: ${struct.structSize},`, ...inner, "  },"];
}

function formatEnum(header: Header, name: string, prefix: string): string[] {
  const values = header.enums.get(`PJRT_${name}`);
  if (values === undefined) throw new Error(`Cannot derive the layout: found no enum "PJRT_${name}" in the header`);
  const parts = [...values].map(([key, value]) => `${key.slice(prefix.length)}: ${value}`);
  const constant = name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
  const line = `export const ${constant} = { ${parts.join(", ")} } as const;`;
  return line.length <= WIDTH ? [line, ""] : [`export const ${constant} = {`, ...wrap(parts, "  "), "} as const;", ""];
}

function wrap(parts: readonly string[], indent: string): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = `${last} ${part},`;
    if (last !== undefined && longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(`${indent}${part},`);
  }
  return lines;
}
