// Named tensors to a session's inputs, for conformance: everything that can be wrong is found before the run.
import { TermiteError } from "../errors.ts";
import { createNativeBuffer } from "../ffi/memory.ts";
import type { NativeBuffer } from "../ffi/memory.ts";
import { tensorBytes } from "../ffi/ort/elements.ts";
import type { DType, Tensor } from "../tensor.ts";
import type { GraphInput } from "./token-cells.ts";

/** `buffer` does not move and is nobody else's. */
export interface FeedTensor {
  dtype: DType;
  dims: readonly number[];
  buffer: NativeBuffer;
}

/** The feeds in the session's order, copied into memory that does not move. Throws `invalid_request`. */
export function createFeedTensors(infos: readonly GraphInput[], feeds: Readonly<Record<string, Tensor>>): FeedTensor[] {
  const unknown = Object.keys(feeds).find((name) => !infos.some((info) => info.name === name));
  if (unknown !== undefined) throw feedError(`it has no input "${unknown}"`);
  return infos.map((info) => {
    const feed = Object.hasOwn(feeds, info.name) ? feeds[info.name] : undefined;
    if (feed === undefined) throw feedError(`no value for input "${info.name}"`);
    checkFeed(info, feed);
    const buffer = createNativeBuffer(feed.data.length);
    buffer.bytes.set(feed.data);
    return { dtype: feed.dtype, dims: feed.dims, buffer };
  });
}

const feedError = (found: string): TermiteError => new TermiteError("invalid_request", `Cannot run model: ${found}`);

function checkFeed({ name, dtype, dims }: GraphInput, feed: Tensor): void {
  if (feed.dtype !== dtype) throw feedError(`input "${name}" is ${feed.dtype}, need ${dtype ?? "no tensor"}`);
  // A graph without a shape says rank 0, as a scalar does: the library itself judges those.
  const ranksDiffer = dims.length > 0 && dims.length !== feed.dims.length;
  const dimsDiffer = dims.some((dim, i) => dim >= 0 && dim !== feed.dims[i]);
  if (ranksDiffer || dimsDiffer) {
    throw feedError(`input "${name}" has the shape ${formatDims(feed.dims)}, need ${formatDims(dims)}`);
  }
  const need = tensorBytes(feed.dtype, feed.dims);
  if (feed.data.length !== need) throw feedError(`input "${name}" has ${feed.data.length} bytes, need ${need}`);
}

const formatDims = (dims: readonly number[]): string => `[${dims.map((dim) => (dim < 0 ? "any" : dim)).join(", ")}]`;
