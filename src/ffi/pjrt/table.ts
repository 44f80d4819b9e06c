// Reads the function table that `GetPjrtApi` answers: its version, whether it can be used, and its functions.
// Functions are only ever added at the end, so a pointer counts when it lies within the table's own `struct_size`.
import { linkSymbols, read } from "bun:ffi";
import { NativeError } from "../../errors.ts";
import type { Address } from "../memory.ts";
import { API_VERSION_AT, SLOTS, STRUCTS } from "./layout.ts";

export type FunctionName = keyof typeof SLOTS;

/** What a plugin may lack without being useless. */
const OPTIONAL: readonly FunctionName[] = [
  "Plugin_Attributes", "Device_MemoryStats", "Executable_Serialize", "Executable_DeserializeAndLoad",
  "Executable_OutputElementTypes", "Executable_OutputDimensions",
];
/** They return nothing; all others return `PJRT_Error*`, null for success. */
const VOID: readonly FunctionName[] = ["Error_Destroy", "Error_Message"];

/** Every function takes the address of its argument struct. Absent: the plugin has none. */
export type PjrtFunctions = Readonly<Partial<Record<FunctionName, (args: Address) => Address | null>>>;

export interface PjrtTable {
  /** "0.115" */
  readonly version: string;
  readonly functions: PjrtFunctions;
  /** SAFETY: the functions are good while this is reachable. */
  readonly keepAlive: unknown;
}

const SUPPORTED_MAJOR = 0;
/** Far above what a version can be, far below what stands in memory that is no table. */
const MAX_MINOR = 9999;
const MAX_TABLE_BYTES = 65_536;

const NAMES = Object.keys(SLOTS) as FunctionName[];
const NEEDED = NAMES.filter((name) => !OPTIONAL.includes(name));
const HEADER_BYTES = API_VERSION_AT + STRUCTS.Api_Version.size;
const NEEDED_BYTES = Math.max(...NEEDED.map((name) => SLOTS[name])) + 8;

/** Throws `NativeError` for a table that we cannot read. SAFETY: `table` is static data of an open library. */
export function openTable(table: Address | null): PjrtTable {
  if (table === null) throw refuse("GetPjrtApi answered null");
  const sizeBytes = Number(read.u64(table, 0));
  if (sizeBytes < HEADER_BYTES || sizeBytes > MAX_TABLE_BYTES) {
    throw refuse(`found a function table of ${sizeBytes} bytes`);
  }
  const version = readVersion(table);
  if (sizeBytes < NEEDED_BYTES) {
    throw refuse(`found PJRT ${version} with a function table of ${sizeBytes} bytes, need ${NEEDED_BYTES} or more`);
  }
  const slots = NAMES.flatMap((name) => {
    const address = SLOTS[name] + 8 <= sizeBytes ? read.ptr(table, SLOTS[name]) : 0;
    return address === 0 ? [] : [[name, address as Address] as const];
  });
  const missing = NEEDED.find((name) => !slots.some(([found]) => found === name));
  if (missing !== undefined) throw refuse(`found PJRT ${version} without PJRT_${missing}`);
  const linked = linkFunctions(slots);
  return { version, functions: linked.symbols, keepAlive: linked };
}

function readVersion(table: Address): string {
  const { major_version: [major_at], minor_version: [minor_at] } = STRUCTS.Api_Version.fields;
  const major = read.i32(table, API_VERSION_AT + major_at);
  const minor = read.i32(table, API_VERSION_AT + minor_at);
  if (major !== SUPPORTED_MAJOR || minor < 0 || minor > MAX_MINOR) {
    throw refuse(`found PJRT ${major}.${minor}, need ${SUPPORTED_MAJOR}.x`);
  }
  return `${major}.${minor}`;
}

function linkFunctions(slots: readonly (readonly [FunctionName, Address])[]): { symbols: PjrtFunctions } {
  const bound = slots.map(([name, ptr]) => {
    const returns = VOID.includes(name) ? "void" : "ptr";
    return [name, { ptr, args: ["ptr" /* PJRT_<name>_Args* args */], returns }] as const;
  });
  const linked: { symbols: unknown } = linkSymbols(Object.fromEntries(bound));
  return linked as { symbols: PjrtFunctions };
}

/** Code -1: there is no status of the library. */
const refuse = (found: string): NativeError => new NativeError("pjrt", -1, `Cannot open the PJRT plugin: ${found}`);
