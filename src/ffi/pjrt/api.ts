// Opens a PJRT plugin and calls its functions, for one thread. A process loads one plugin: two of them share signal
// handlers and threads. TF_CPP_MIN_LOG_LEVEL=3 has to stand in the environment before that: plugins log to fd 2.
import { dlopen } from "bun:ffi";
import type { Library } from "bun:ffi";
import { formatError, NativeError } from "../../errors.ts";
import type { Address } from "../memory.ts";
import { readNamedValues } from "./named-values.ts";
import type { NamedValues } from "./named-values.ts";
import { NativeStruct } from "./struct.ts";
import type { StructValues } from "./struct.ts";
import { openTable } from "./table.ts";
import type { FunctionName, PjrtFunctions, PjrtTable } from "./table.ts";
import { formatWords, readText } from "./text.ts";

/** Must outlive everything that is made with it. The library is never closed: plugins do not survive that. */
export interface Pjrt {
  /** Of the C API, not of the plugin: "0.115". */
  readonly version: string;
  has(name: FunctionName): boolean;
  /**
   * Calls `PJRT_<name>` and gives its arguments back, where the results stand. They are good until the next call of the
   * same function: read them at once. Throws `NativeError` with the plugin's own code and words.
   */
  call<Name extends FunctionName>(name: Name, values: StructValues<Name>): NativeStruct<Name>;
  /** Once in a process; `createClient` does it. libtpu waits for over a minute here off Google Cloud. */
  initialize(): void;
  readonly keepAlive: readonly unknown[];
}

const SYMBOLS = { GetPjrtApi: { args: [], returns: "ptr" /* const PJRT_Api* */ } } as const;

/** Loads the library and checks its table; starts nothing in it. */
export function openPjrt(libraryPath: string): Pjrt {
  const library = openLibrary(libraryPath);
  return bindTable(openTable(library.symbols.GetPjrtApi() as Address | null), library);
}

function openLibrary(libraryPath: string): Library<typeof SYMBOLS> {
  try {
    return dlopen(libraryPath, SYMBOLS);
  } catch (cause) {
    const words = formatLinkerWords(formatError(cause), libraryPath);
    throw new NativeError("pjrt", -1, `Cannot open the PJRT plugin: ${words}`, { cause });
  }
}

/** What follows the path in `Failed to open library "/x/lib.so": /x/lib.so: invalid ELF header`. */
function formatLinkerWords(message: string, libraryPath: string): string {
  const words = message.replace(/^Failed to open library "[^"]*": /, "").replaceAll(`${libraryPath}: `, "");
  return formatWords(words.replaceAll(` in "${libraryPath}"`, ""));
}

/** `library`: what has to stay open for as long as the functions are used. */
export function bindTable(table: PjrtTable, library: unknown): Pjrt {
  const { version, functions } = table;
  const structs = createStructs();
  let isInitialized = false;

  const call: Pjrt["call"] = (name, values) => {
    const native = functions[name];
    if (native === undefined) throw new NativeError("pjrt", -1, `Cannot call PJRT_${name}: PJRT ${version} has none`);
    const args = structs(name);
    checkStatus({ functions, structs }, native(args.set(values).address));
    return args;
  };
  return {
    version, call,
    has: (name) => functions[name] !== undefined,
    initialize() {
      if (!isInitialized) call("Plugin_Initialize", {});
      isInitialized = true;
    },
    keepAlive: [library, table.keepAlive],
  };
}

type Structs = <Name extends FunctionName>(name: Name) => NativeStruct<Name>;

/**
 * One argument struct a function, made once and used for every call: made for each call they pile up until a garbage
 * collection. SAFETY: no function keeps its argument struct.
 */
function createStructs(): Structs {
  const structs: { [Name in FunctionName]?: NativeStruct<Name> } = {};
  return <Name extends FunctionName>(name: Name): NativeStruct<Name> => {
    const known: NativeStruct<Name> | undefined = structs[name];
    if (known !== undefined) return known;
    const made = new NativeStruct(name);
    Object.assign(structs, { [name]: made });
    return made;
  };
}

interface Bound {
  functions: PjrtFunctions;
  structs: Structs;
}

/** Throws when `error` is not null, and releases it. */
function checkStatus({ functions, structs }: Bound, error: Address | null): void {
  if (error === null) return;
  try {
    const message = structs("Error_Message").set({ error });
    functions.Error_Message?.(message.address);
    // SAFETY: the message belongs to the error and is copied before the error is released.
    const words = formatWords(readText(message.get("message"), message.get("message_size")));
    throw new NativeError("pjrt", readCode({ functions, structs }, error), words === "" ? "no message" : words);
  } finally {
    functions.Error_Destroy?.(structs("Error_Destroy").set({ error }).address);
  }
}

/** `absl::StatusCode`; -1 when the plugin cannot say it. */
function readCode({ functions, structs }: Bound, error: Address): number {
  const args = structs("Error_GetCode").set({ error });
  const failure = functions.Error_GetCode?.(args.address) ?? null;
  if (failure === null) return args.get("code");
  functions.Error_Destroy?.(structs("Error_Destroy").set({ error: failure }).address);
  return -1;
}

/** What the plugin says of itself ("xla_version", "stablehlo_current_version"); empty where it offers nothing. */
export function readAttributes(pjrt: Pjrt): NamedValues {
  pjrt.initialize();
  if (!pjrt.has("Plugin_Attributes")) return {};
  const args = pjrt.call("Plugin_Attributes", {});
  return readNamedValues(args.get("attributes"), args.get("num_attributes"));
}
