// What an install tells while it runs: the lines of `plugin install --json`, and what the terminal draws.
import type { PluginName } from "../catalog/lock.ts";

/** One thing that was looked at before the first byte. */
export interface InstallCheck {
  /** "hardware", "driver", "compute capability", "glibc", "libstdc++", "space", "permission", … */
  name: string;
  ok: boolean;
  found: string;
  needed: string;
  /** A command or an action, where `ok` is false. */
  remedy?: string;
  /** `--force` cannot pass it: no space, no permission, no code from there. */
  isFinal?: true;
}

export interface PlannedWheel {
  file: string;
  /** Of the whole wheel. */
  sizeBytes: number;
  /** Of it still to be fetched. */
  fetchBytes: number;
}

/** One element of `plugins` in `plugin install --dry-run --json`, and the body of the event "plan". */
export interface InstallPlan {
  name: PluginName;
  version: string;
  wheels: readonly PlannedWheel[];
  downloadBytes: number;
  /** What the install adds on disk, its partial files included. */
  diskBytes: number;
  freeBytes: number;
  licences: readonly string[];
  checks: readonly InstallCheck[];
}

/** How far a download is. */
export interface FetchProgress {
  /** Tree path of the file that moved. */
  file: string;
  fileDoneBytes: number;
  fileTotalBytes: number;
  /** Compressed bytes that are here, with those that were here before; wrong ones are taken back when that is found. */
  doneBytes: number;
  totalBytes: number;
}

export type InstallEvent =
  | ({ event: "plan" } & InstallPlan)
  | ({ event: "progress"; plugin: PluginName } & FetchProgress)
  | { event: "verified"; plugin: PluginName; file: string; sha256: string }
  | { event: "probe"; plugin: PluginName; ok: boolean; found: string }
  | { event: "published"; plugin: PluginName; version: string; path: string }
  /** `fetchedBytes`: over the network, in this run. */
  | { event: "done"; plugin: PluginName; version: string; fetchedBytes: number; seconds: number }
  | { event: "error"; plugin?: PluginName; code: string; message: string; hint?: string };
