// How much memory this process may use.
import type { Verdict } from "../finding.ts";
import { formatSize } from "../format-size.ts";

export interface MemoryFacts {
  totalBytes: number;
  freeBytes: number;
  /** Of the control group. */
  limitBytes?: number | undefined;
}

export function resolveMemory({ totalBytes, freeBytes, limitBytes }: MemoryFacts): Verdict {
  const machine = `${formatSize(totalBytes)}, ${formatSize(freeBytes)} free`;
  const isLimited = limitBytes !== undefined && limitBytes < totalBytes;
  const found = isLimited ? `${formatSize(limitBytes)} by the control group's limit; the machine has ${machine}` : machine;
  return { status: "ok", found };
}
