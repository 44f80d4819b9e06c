// Free space of the file system of a folder against what is still to be written there.
import { formatBytes } from "../../format-bytes.ts";
import type { Verdict } from "../finding.ts";

export interface DiskFacts {
  /** The folder, or the nearest one above it that is there. */
  path: string;
  freeBytes: number;
  totalBytes: number;
}

export interface DiskNeeds {
  /** Cannot work with less. */
  leastBytes: number;
  /** What these bytes are: "the engines and the model inside this executable". */
  what: string;
  /** Works with less, but something that people do here will not. */
  wishedBytes?: number;
  wish?: string;
}

export function resolveDisk({ path, freeBytes, totalBytes }: DiskFacts, needs: DiskNeeds): Verdict {
  const found = `${formatBytes(freeBytes)} free of ${formatBytes(totalBytes)} at ${path}`;
  const remedy = "Free some space, or use a folder on another file system";
  if (freeBytes < needs.leastBytes) {
    return { status: "fail", found, needed: `${formatBytes(needs.leastBytes)} for ${needs.what}`, remedy };
  }
  if (needs.wishedBytes === undefined || freeBytes >= needs.wishedBytes) return { status: "ok", found };
  return { status: "warn", found, needed: `${formatBytes(needs.wishedBytes)} for ${needs.wish}`, remedy };
}
