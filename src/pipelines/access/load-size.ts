// What a model is expected to take before it was ever loaded, and the refusal of one for which there will never be room. Pure.
import { TermiteError } from "../../errors.ts";

/** Measured on onnx:cpu: graphs of 90 and 133 MB add 100 and 131 MB of resident memory, once the file as read is given back. */
const WEIGHT_FACTOR = 1.1;
/** Measured beside that: 36 MB a model after batches of 500 and 800 tokens, and 4 MB for a tokenizer. */
const EXTRA_BYTES = 48 * 1024 * 1024;

/** Bytes, by the size of the graph and its external data. It is only a first guess: what counts is measured after the load. */
export function estimateLoadBytes(sizeBytes: number): number {
  return Math.round(sizeBytes * WEIGHT_FACTOR) + EXTRA_BYTES;
}

export interface Misfit {
  name: string;
  /** Of the model, and of everything that stays when no other model is loaded. */
  needBytes: number;
  baseBytes: number;
  maxBytes: number;
}

/** `model_load_failed`: no request can mend it, its operator can. */
export function createMisfit({ name, needBytes, baseBytes, maxBytes }: Misfit): TermiteError {
  const [need, base, most] = [needBytes, baseBytes, maxBytes].map(formatMb);
  const found = `found ${need} MB for it beside ${base} MB that stay without any model, max_memory_mb allows ${most}`;
  return new TermiteError("model_load_failed", `Cannot load model "${name}": ${found}`, {
    hint: `Set max_memory_mb to ${formatMb(needBytes + baseBytes)} or more, or name a smaller variant of the model`,
    details: { model: name, needBytes, baseBytes, maxBytes },
  });
}

const BYTES_PER_MB = 1024 * 1024;

function formatMb(bytes: number): string {
  return String(Math.ceil(bytes / BYTES_PER_MB));
}
