// A model that costs nothing, for what a library does only in a run: a proof, tidying up.
import { resolveNativeBuffer } from "../../ffi/memory.ts";
import type { NativeBuffer } from "../../ffi/memory.ts";

/** An ONNX file of one node: `product = MatMul(left, right)`, all float32 [2, 2]. */
const MODEL =
  "CAg6cwoeCgRsZWZ0CgVyaWdodBIHcHJvZHVjdCIGTWF0TXVsEgVwcm9iZVoWCgRsZWZ0Eg4KDAgBEggKAggCCgIIAloXCgVyaWdodBIOCgwIARII" +
  "CgIIAgoCCAJiGQoHcHJvZHVjdBIOCgwIARIICgIIAgoCCAJCAhAN";

export const readSmallModel = (): NativeBuffer => resolveNativeBuffer(Uint8Array.from(Buffer.from(MODEL, "base64")));
