// Opens a libonnxruntime and binds its function table to callable functions, for one thread.
import { CFunction, dlopen, linkSymbols, read } from "bun:ffi";
import type { FFIFunction, Library } from "bun:ffi";
import { formatError, NativeError } from "../../errors.ts";
import { stripFolders } from "../../strip-folders.ts";
import { createNativeBuffer, readCString } from "../memory.ts";
import type { Address, NativeBuffer } from "../memory.ts";
import { ASSIGNMENT_API_VERSION, ASSIGNMENT_FUNCTIONS, ORT_API_VERSION, ORT_FUNCTIONS } from "./symbols.ts";
import type { AssignmentFunctions, OrtFunction, OrtFunctions } from "./symbols.ts";
import { disableTelemetry } from "./telemetry.ts";

/** `functions` must not outlive this object: it keeps the library open and the bound functions alive. */
export interface Ort {
  /** "1.30.0" */
  readonly version: string;
  readonly functions: OrtFunctions;
  /** `const OrtApi*`. SAFETY: static data of the library, which stays open. */
  readonly table: Address;
  /** Throws `NativeError` with the library's own code and words when `status` is not null. Releases the status. */
  check(status: Address | null): void;
  /** A few words of memory for `out` parameters, read at once after each call and never held across calls. */
  readonly out: NativeBuffer;
  readonly keepAlive: readonly unknown[];
}

const BASE_SYMBOLS = { OrtGetApiBase: { args: [], returns: "ptr" /* const OrtApiBase* */ } } as const;

/** Opens the library (again, where another thread has it open: the handle is shared). It is never closed. */
export function openOrt(libraryPath: string): Ort {
  disableTelemetry();
  const library = openLibrary(libraryPath);
  const base = library.symbols.OrtGetApiBase() as Address | null;
  if (base === null) throw new NativeError("onnxruntime", -1, "Cannot open ONNX Runtime: OrtGetApiBase answered null");
  const version = readVersion(base);
  const table = findApi(base, version);
  const linked = linkFunctions(table, ORT_FUNCTIONS);
  const functions = linked.symbols as unknown as OrtFunctions;
  return {
    version, functions, table,
    check: (status) => checkStatus(functions, status),
    out: createNativeBuffer(64),
    keepAlive: [library, linked],
  };
}

function openLibrary(libraryPath: string): Library<typeof BASE_SYMBOLS> {
  try {
    return dlopen(libraryPath, BASE_SYMBOLS);
  } catch (cause) {
    const words = formatLinkerWords(formatError(cause), libraryPath);
    throw new NativeError("onnxruntime", -1, `Cannot open ONNX Runtime: ${words}`, { cause });
  }
}

/** What follows the path in `Failed to open library "/x/lib.so": /x/lib.so: invalid ELF header`; of other paths the names. */
function formatLinkerWords(message: string, libraryPath: string): string {
  return stripFolders(message.replace(/^Failed to open library "[^"]*": /, "").replaceAll(`${libraryPath}: `, ""));
}

// SAFETY: `base` and the tables behind it are static data of the library, which stays open.
const slotAddress = (table: Address, slot: number): Address => read.ptr(table, slot * 8) as Address;

function readVersion(base: Address): string {
  const GetVersionString = CFunction({ ptr: slotAddress(base, 1), args: [], returns: "ptr" });
  return readCString(GetVersionString() as Address);
}

function findApi(base: Address, version: string): Address {
  const GetApi = CFunction({ ptr: slotAddress(base, 0), args: ["u32" /* uint32_t version */], returns: "ptr" });
  const api = GetApi(ORT_API_VERSION) as Address | null;
  if (api !== null) return api;
  const found = `Cannot open ONNX Runtime: found version "${version}", need 1.${ORT_API_VERSION} or newer`;
  throw new NativeError("onnxruntime", -1, found);
}

function linkFunctions(
  api: Address,
  functions: Readonly<Record<string, OrtFunction>>,
): Library<Record<string, FFIFunction>> {
  const bound = Object.entries(functions).map(([name, { slot, args, returns }]) => {
    return [name, { args: [...args], returns, ptr: slotAddress(api, slot) }] as const;
  });
  return linkSymbols(Object.fromEntries(bound));
}

/** The functions of the API's version 24; `undefined` where the library is older. Keep the object as long as `use` runs. */
export function withAssignmentFunctions<T>(ort: Ort, use: (functions: AssignmentFunctions) => T): T | undefined {
  const minor = Number(/^1\.(\d+)/.exec(ort.version)?.[1] ?? 0);
  if (minor < ASSIGNMENT_API_VERSION) return undefined;
  const linked = linkFunctions(ort.table, ASSIGNMENT_FUNCTIONS);
  try {
    return use(linked.symbols as unknown as AssignmentFunctions);
  } finally {
    linked.close();
  }
}

function checkStatus(functions: OrtFunctions, status: Address | null): void {
  if (status === null) return;
  try {
    // SAFETY: the message belongs to the status and is copied before the status is released.
    const message = functions.GetErrorMessage(status);
    const words = message === null ? "no message" : readCString(message);
    throw new NativeError("onnxruntime", functions.GetErrorCode(status), words);
  } finally {
    functions.ReleaseStatus(status);
  }
}
