// What the load client sends texts through: HTTP, or the pipe to the bare engine.

export interface Line {
  /** Resolves when the whole answer is there; with the answer's body, which nobody has looked into. */
  send(texts: readonly string[]): Promise<Uint8Array>;
  /** Vectors of such an answer, one a text. */
  parse(answer: Uint8Array, count: number): Float32Array[];
}
