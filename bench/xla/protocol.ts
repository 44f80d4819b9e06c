// What the bench and its children say to each other, one JSON object a line. jax-child.py speaks it too.

export type Request =
  /** Runs every batch, and all that has to be compiled for them; answers with the vectors of the first batch. */
  | { kind: "prepare"; batches: readonly (readonly number[])[] }
  /** Runs the batches `repeat` times, `inFlight` at once. */
  | { kind: "measure"; batches: readonly (readonly number[])[]; repeat: number; inFlight: number };

export type Reply =
  /** The first line of a child. */
  | { kind: "ready"; engine: string }
  /** Instead: the child cannot work here, and why. */
  | { kind: "lack"; reason: string }
  | { kind: "prepared"; vectors: readonly (readonly number[])[] }
  | { kind: "measured"; seconds: number };
