// What the bench and its load client say to each other, one JSON object a line.
import type { HttpRoute } from "./http-line.ts";
import type { Figures, Load } from "./load.ts";

export type Request =
  /** Starts the bare engine in place of the one before. */
  | { kind: "open-bare"; command: readonly string[] }
  /** Through HTTP where there is a route, else to the bare engine. */
  | { kind: "load"; load: Load; route?: HttpRoute | undefined }
  | { kind: "embed"; texts: readonly string[]; route?: HttpRoute | undefined }
  /** Times texts inside the bare engine. */
  | { kind: "time"; texts: readonly string[] };

export type Reply =
  | { kind: "opened"; pid: number }
  | { kind: "figures"; figures: Figures }
  | { kind: "vectors"; vectors: readonly (readonly number[])[] }
  | { kind: "times"; timesMs: readonly number[] };
