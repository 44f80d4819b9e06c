// One line of `termite doctor`: what was looked at, what was found, and what mends it.
import type { SearchPlace } from "../plugins/search/search-result.ts";
import type { Target } from "../target.ts";

export type FindingStatus = "ok" | "warn" | "fail";

/** What a check says of the facts that it was given. */
export interface Verdict {
  status: FindingStatus;
  found: string;
  /** Only where something is missing or wrong. */
  needed?: string;
  /** A command or an action. */
  remedy?: string;
}

export interface Finding extends Verdict {
  /** Stable, for scripts: "hardware.nvidia", "search.onnx:cuda", "disk.plugins". Before the dot stands its group. */
  id: string;
}

/** An engine that was asked to multiply two matrices. */
export interface TargetReport {
  ok: boolean;
  version?: string;
  probeMs?: number;
  /** Why not, in words. */
  reason?: string;
  /** Shared objects that came with its library from outside the library's own folder; absent where none was tried. */
  mapped?: readonly string[];
}

export interface DoctorReport {
  findings: readonly Finding[];
  /** Of every target whose library is there. */
  targets: Readonly<Record<string, TargetReport>>;
  /** The whole walk of every target that was searched, place by place. */
  search: Readonly<Partial<Record<Target, readonly SearchPlace[]>>>;
}
