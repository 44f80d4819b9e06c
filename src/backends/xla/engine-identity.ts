// What a serialized program depends on beside its own text: the plugin's bytes and the processor that it was made for.
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { cpus } from "node:os";
import { createCacheKey } from "./disk-cache.ts";

/** Both ends of a file: a library's ELF build id stands in the first. */
const SAMPLE_BYTES = 64 * 1024;

/** Changes with the file. Reading all of it would cost most of a second at every start. */
export function readFileIdentity(path: string): string {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const read = (position: number): string => {
      const bytes = Buffer.alloc(Math.min(SAMPLE_BYTES, size));
      readSync(file, bytes, 0, bytes.length, position);
      return bytes.toString("latin1");
    };
    return createCacheKey([String(size), read(0), read(Math.max(0, size - SAMPLE_BYTES))]);
  } finally {
    closeSync(file);
  }
}

/** Machine code for one processor may not run on another that shares the folder. */
export function readProcessorIdentity(): string {
  const flags = process.platform === "linux" ? /^(?:flags|Features)\s*:.*$/m.exec(readProcessorFile())?.[0] : undefined;
  return [process.arch, cpus()[0]?.model ?? "", flags ?? ""].join("\n");
}

function readProcessorFile(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    // Hidden in some containers: the model's name is left.
    return "";
  }
}
