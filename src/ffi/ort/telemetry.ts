// ONNX Runtime 1.29 and newer report to Microsoft unless told not to, by way of a device id and a database in the
// user's home. `DisableTelemetryEvents` comes too late (both files are there by then): only the variable in the environment
// of the process keeps it from starting. It also cost 3 KB of memory for every failed run.
import { dlopen } from "bun:ffi";
import type { Library } from "bun:ffi";
import { createCString, readCString } from "../memory.ts";
import type { Address, NativeBuffer } from "../memory.ts";

const ENVIRONMENT_SYMBOLS = {
  getenv: { args: ["ptr" /* const char* name */], returns: "ptr" },
  setenv: {
    args: ["ptr" /* const char* name */, "ptr" /* const char* value */, "i32" /* int overwrite */], returns: "i32",
  },
} as const;
type Environment = Library<typeof ENVIRONMENT_SYMBOLS>["symbols"];
const WINDOWS_SYMBOLS = {
  SetEnvironmentVariableA: { args: ["ptr" /* LPCSTR lpName */, "ptr" /* LPCSTR lpValue */], returns: "i32" },
} as const;

/** Must come before the library is opened. Writing `process.env` would not reach the C library's environment. */
export function disableTelemetry(): void {
  const [name, value] = [createCString("ORT_DISABLE_TELEMETRY"), createCString("1")];
  if (process.platform === "win32") return setWindowsVariable(name, value);
  // SAFETY: its functions are good until it is closed, after the last call; the C library itself stays loaded.
  const library = dlopen(process.platform === "darwin" ? "libSystem.B.dylib" : "libc.so.6", ENVIRONMENT_SYMBOLS);
  try {
    setVariable(library.symbols, name, value);
  } finally {
    library.close();
  }
}

function setWindowsVariable(name: NativeBuffer, value: NativeBuffer): void {
  // SAFETY: as above; the system copies both strings.
  const library = dlopen("kernel32.dll", WINDOWS_SYMBOLS);
  const isSet = library.symbols.SetEnvironmentVariableA(name.address, value.address) !== 0;
  library.close();
  if (!isSet) throw new TypeError("Cannot disable the telemetry of ONNX Runtime: SetEnvironmentVariable refused");
}

function setVariable({ getenv, setenv }: Environment, name: NativeBuffer, value: NativeBuffer): void {
  const current = getenv(name.address) as Address | null;
  // SAFETY: read before anything else can change the environment. Later threads find it set and write nothing.
  if (current !== null && readCString(current) === "1") return;
  // SAFETY: `setenv` copies both strings.
  const result = setenv(name.address, value.address, 1);
  if (result !== 0) throw new TypeError(`Cannot disable the telemetry of ONNX Runtime: setenv answered ${result}`);
}
