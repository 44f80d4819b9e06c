// Execution providers: which ones a library was built with, and the CUDA one for a session.
import { NativeError } from "../../errors.ts";
import {
  checkedPointer, createCString, createNativeBuffer, createNativeView, parseAddress, readCString, writePointers,
} from "../memory.ts";
import type { Address } from "../memory.ts";
import type { Ort } from "./api.ts";

/**
 * What the library was built with, best first: `["CUDAExecutionProvider", "CPUExecutionProvider"]`. Says nothing about
 * whether their own libraries and devices are there.
 */
export function readProviders(ort: Ort): string[] {
  const { functions, out } = ort;
  const count = createNativeBuffer(4);
  ort.check(functions.GetAvailableProviders(out.address, count.address));
  const [names, length] = [checkedPointer(out), count.view.getInt32(0, true)];
  try {
    // SAFETY: the array and its strings are good until they are released below; the strings are copied.
    const table = new DataView(createNativeView(names, length * 8));
    return Array.from({ length }, (_, i) => readCString(parseAddress(Number(table.getBigUint64(i * 8, true)))));
  } finally {
    ort.check(functions.ReleaseAvailableProviders(names, length));
  }
}

/** Throws the library's reason when the CUDA provider's own libraries or device are not there. */
export function checkCudaProvider(ort: Ort): void {
  ort.check(ort.functions.CreateSessionOptions(ort.out.address));
  const sessionOptions = checkedPointer(ort.out);
  try {
    appendCudaProvider(ort, sessionOptions);
  } finally {
    ort.functions.ReleaseSessionOptions(sessionOptions);
  }
}

export interface CudaSettings {
  /** Matrix products of float32 in TF32, with 10 bits of mantissa; the library's own default is yes. */
  usesTf32: boolean;
}

/** Opens `libonnxruntime_providers_cuda` beside the library and makes it the session's first provider, on device 0. */
export function appendCudaProvider(
  ort: Ort,
  sessionOptions: Address,
  { usesTf32 }: CudaSettings = { usesTf32: false },
): void {
  const { functions, out } = ort;
  ort.check(functions.CreateCUDAProviderOptions(out.address));
  const options = checkedPointer(out);
  try {
    updateOptions(ort, options, {
      use_tf32: usesTf32 ? "1" : "0",
      // Otherwise each growth doubles the arena.
      arena_extend_strategy: "kSameAsRequested",
    });
    ort.check(functions.SessionOptionsAppendExecutionProvider_CUDA_V2(sessionOptions, options));
  } finally {
    // SAFETY: the session's options have their own copy.
    functions.ReleaseCUDAProviderOptions(options);
  }
}

function updateOptions(ort: Ort, options: Address, values: Readonly<Record<string, string>>): void {
  const texts = Object.entries(values).map((pair) => pair.map(createCString));
  const [keys, contents] = [0, 1].map((column) => {
    const array = createNativeBuffer(texts.length * 8);
    writePointers(array, texts.map((pair) => pair[column]?.address ?? null));
    return array;
  });
  if (keys === undefined || contents === undefined) throw new TypeError("Cannot set options: found no columns");
  try {
    // SAFETY: `texts` holds the strings until the call is through, which copies them.
    ort.check(ort.functions.UpdateCUDAProviderOptions(options, keys.address, contents.address, texts.length));
  } catch (error) {
    throw error instanceof NativeError ? explainLinker(error) : error;
  }
}

/** `… 1 : FAIL : Failed to load library /x/libonnxruntime_providers_cuda.so with error: libcuda.so.1: cannot open shared …` */
const NOT_LOADED = /Failed to load library \S+ with error: (?:\/\S*\/)?(.+?)\s*$/s;

/** The first call that needs the provider's own library is the one that loads it; the linker says what is missing. */
function explainLinker(error: NativeError): NativeError {
  const reason = NOT_LOADED.exec(error.message)?.[1];
  if (reason === undefined) return error;
  return new NativeError("onnxruntime", error.nativeStatus, `Failed to load shared library: ${reason}`, { cause: error });
}
