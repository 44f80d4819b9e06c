// How much memory this process may use.
import { formatBytes } from "../../format-bytes.ts";
import type { Verdict } from "../finding.ts";

export interface MemoryFacts {
  totalBytes: number;
  freeBytes: number;
  /** Of the control group. */
  limitBytes?: number | undefined;
}

export function resolveMemory({ totalBytes, freeBytes, limitBytes }: MemoryFacts): Verdict {
  const machine = `${formatBytes(totalBytes)}, ${formatBytes(freeBytes)} free`;
  const isLimited = limitBytes !== undefined && limitBytes < totalBytes;
  const found = isLimited ? `${formatBytes(limitBytes)} by the control group's limit; the machine has ${machine}` : machine;
  return { status: "ok", found };
}
