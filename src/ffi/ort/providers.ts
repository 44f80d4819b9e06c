// Execution providers: which ones a library was built with, and the CUDA one for a session.
import { checkedPointer, createNativeBuffer, createNativeView, parseAddress, readCString } from "../memory.ts";
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

/** Opens `libonnxruntime_providers_cuda` beside the library and makes it the session's first provider, on device 0. */
export function appendCudaProvider(ort: Ort, sessionOptions: Address): void {
  const { functions, out } = ort;
  ort.check(functions.CreateCUDAProviderOptions(out.address));
  const options = checkedPointer(out);
  try {
    ort.check(functions.SessionOptionsAppendExecutionProvider_CUDA_V2(sessionOptions, options));
  } finally {
    // SAFETY: the session's options have their own copy.
    functions.ReleaseCUDAProviderOptions(options);
  }
}
