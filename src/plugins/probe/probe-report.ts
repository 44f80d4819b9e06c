// What is asked of a probe and what it reports: plain data that crosses the border of the child `termite __probe`.

export interface ProbeRequest {
  engine: "onnx" | "xla";
  device: "cpu" | "cuda" | "tpu";
  /** Absolute path of `libonnxruntime` or of the PJRT plugin. */
  libraryPath: string;
  /** Opened by absolute path before it, in this order. */
  preload?: readonly string[];
  /** Where there is no device to run on: load it, read its version, start nothing. */
  until?: "version";
}

/** In this order; a report says the last one that was reached. */
export const PROBE_STAGES = ["load", "version", "client", "devices", "product"] as const;
export type ProbeStage = (typeof PROBE_STAGES)[number];

export interface ProbeReport {
  /** The last stage that was finished. */
  stage: ProbeStage;
  /** The library's own version: "1.30.0", "0.115" (of the PJRT C API). */
  version?: string;
  /** What it runs on, in its own words: "cpu", "TPU v4". */
  platform?: string;
  devices: readonly string[];
  /** Of the 128x128 product: how far the worst of its 16,384 numbers is from the expected one. 0 when all are equal. */
  worstError?: number;
  compileMs?: number;
  runMs?: number;
  /** Shared objects that loading the library brought into the process, as absolute paths, sorted. */
  mapped: readonly string[];
}

export type ProbeOutcome =
  | { ok: true; report: ProbeReport; ms: number }
  | {
      ok: false;
      /** The stage that failed. */
      stage: ProbeStage;
      /** In words, without the path of the library. */
      reason: string;
      report?: ProbeReport;
      ms: number;
    };
