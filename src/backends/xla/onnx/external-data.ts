// Bytes of tensors that lie in files beside the `.onnx` file: never outside of its folder, links included.
import { closeSync, fstatSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import type { Stats } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { brokenModel, quote } from "./onnx-error.ts";

/** The entries `location`, `offset` and `length` of `TensorProto.external_data`. */
export interface ExternalEntry {
  location: string;
  offset: number;
  /** To the file's end when absent. */
  length: number | undefined;
}

export interface ExternalFiles {
  /** `sizeBytes` is what the tensor's dims ask for. Throws `model_load_failed` when the file does not hold it. */
  read(tensor: string, entry: ExternalEntry, sizeBytes: number): Uint8Array;
  /** Throws what `read` would, without reading. */
  check(tensor: string, entry: ExternalEntry, sizeBytes: number): void;
}

/** Files are opened for each read and closed after it; what is read is one copy of the tensor's bytes. */
export function createExternalFiles(graphFile: string): ExternalFiles {
  const folder = dirname(realpathSync(graphFile));
  const resolve = (tensor: string, { location, length }: ExternalEntry, sizeBytes: number): string => {
    const path = resolveInside(folder, tensor, location);
    if (length === undefined || length === sizeBytes) return path;
    throw brokenModel(`tensor ${quote(tensor)} has ${length} bytes of external data, need ${sizeBytes}`);
  };
  return {
    read: (tensor, entry, sizeBytes) => readPart(resolve(tensor, entry, sizeBytes), tensor, entry.offset, sizeBytes),
    check: (tensor, entry, sizeBytes) => checkEnd(statSync(resolve(tensor, entry, sizeBytes)), tensor, entry.offset + sizeBytes),
  };
}

function resolveInside(folder: string, tensor: string, location: string): string {
  const path = join(folder, location);
  const found = location === "" || location.includes("\0") || isAbsolute(location) ? undefined : findRealPath(path);
  if (found === undefined && isInside(folder, path) && !isAbsolute(location) && !location.includes("\0")) {
    throw brokenModel(`external data ${quote(location)} of tensor ${quote(tensor)} is missing`);
  }
  if (found === undefined || !isInside(folder, found)) {
    throw brokenModel(`external data ${quote(location)} of tensor ${quote(tensor)} is outside of the model's folder`);
  }
  return found;
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function findRealPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    // It is not there, or a folder on the way is not: the caller says which.
    return undefined;
  }
}

function readPart(path: string, tensor: string, offset: number, sizeBytes: number): Uint8Array {
  const descriptor = openSync(path, "r");
  try {
    checkEnd(fstatSync(descriptor), tensor, offset + sizeBytes);
    const bytes = new Uint8Array(sizeBytes);
    let done = 0;
    while (done < sizeBytes) {
      const count = readSync(descriptor, bytes, done, sizeBytes - done, offset + done);
      if (count === 0) throw brokenModel(`external data of tensor ${quote(tensor)} ended while it was read`);
      done += count;
    }
    return bytes;
  } finally {
    closeSync(descriptor);
  }
}

function checkEnd(stat: Stats, tensor: string, end: number): void {
  const sizeBytes = stat.isFile() ? stat.size : 0;
  if (end > sizeBytes) throw brokenModel(`external data of tensor ${quote(tensor)} ends at byte ${sizeBytes}, need ${end}`);
}
