// The parts of a bundle as one stream of bytes: a file, or NAME.000, NAME.001 and so on, each but the last as long as the
// first.
import { statSync } from "node:fs";
import { basename } from "node:path";
import { createBundleError } from "./bundle-error.ts";
import { readPieces } from "./read-pieces.ts";

const MAX_PARTS = 1000;

/** "cuda.tar" and 7 to "cuda.tar.007" */
export function formatPartName(path: string, index: number): string {
  return `${path}.${String(index).padStart(3, "0")}`;
}

export interface BundlePart {
  path: string;
  sizeBytes: number;
}

/** `path` is the whole bundle or its first part; parts up to the first one missing are given. Throws the system's errors. */
export function findParts(path: string): BundlePart[] {
  const first = { path, sizeBytes: statSync(path).size };
  const base = /^(.+)\.000$/.exec(path)?.[1];
  if (base === undefined) return [first];
  const parts = [first];
  for (let index = 1; index < MAX_PARTS; index++) {
    const part = formatPartName(base, index);
    const found = statSync(part, { throwIfNoEntry: false });
    if (found === undefined) break;
    parts.push({ path: part, sizeBytes: found.size });
  }
  return parts;
}

/** Throws `invalid_bundle` with the part that is missing, short or long, or too much. */
export function checkParts(parts: readonly BundlePart[], sizeBytes: number): void {
  const [first] = parts;
  if (first === undefined) throw new TypeError("Cannot read a bundle: found no part");
  const name = basename(first.path);
  const base = /^(.+)\.000$/.exec(first.path)?.[1];
  const count = base === undefined ? 1 : Math.max(1, Math.ceil(sizeBytes / first.sizeBytes));
  const partBytes = base === undefined ? sizeBytes : Math.min(first.sizeBytes, sizeBytes);
  for (let index = 0; index < count; index++) {
    const part = parts[index];
    if (part === undefined) throw createBundleError(name, `its part "${basename(formatPartName(base ?? "", index))}" of ${count} is missing`);
    const need = index < count - 1 ? partBytes : sizeBytes - partBytes * (count - 1);
    if (part.sizeBytes === need) continue;
    throw createBundleError(name, `found ${part.sizeBytes} bytes in "${basename(part.path)}", need ${need}`);
  }
  const extra = parts[count];
  if (extra !== undefined) throw createBundleError(name, `found "${basename(extra.path)}", which is not one of its ${count} parts`);
}

/** One part after the other. */
export async function* readParts(parts: readonly BundlePart[], signal?: AbortSignal): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (const { path } of parts) yield* readPieces(path, signal);
}
