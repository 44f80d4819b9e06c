// What is counted and timed, so that layers below `server/` can report without knowing who keeps it. Leaf: no state.
// Implemented by `server/metrics/`; commands that end by themselves count nothing.

/** Which bound let nobody else in: of requests, of tokens, or of what can be answered in time. */
export type RefusalReason = "requests" | "tokens" | "time";

export interface RequestFacts {
  /** As the router writes it, never as the client does; "none" where there is no such route. */
  route: string;
  status: number;
  seconds: number;
  /** From the pipeline's result to the body; absent where there was no result. */
  serializeSeconds?: number | undefined;
  /** The code of the error that became the answer. */
  error?: string | undefined;
}

export interface BatchFacts {
  /** The model's name. */
  model: string;
  texts: number;
  /** Without padding. */
  tokens: number;
  /** `longest x texts`. */
  paddedTokens: number;
  seconds: number;
}

/** Each call costs about a microsecond; none is made for every token. */
export interface Metrics {
  noteRequestStarted(): void;
  noteRequestEnded(facts: RequestFacts): void;
  noteRefusal(reason: RefusalReason): void;
  /** One request's texts, waiting for a turn at the library included. */
  noteTokenized(model: string, seconds: number): void;
  /** From a request's entry into the queue until the first of its texts runs. */
  noteQueueWait(model: string, seconds: number): void;
  noteRunStarted(): void;
  /** `undefined`: it failed, or was stopped because nobody waited for it any more. */
  noteRunEnded(batch: BatchFacts | undefined): void;
  /** What bounds the model's batches from now on: `longest x texts`. */
  noteBatchBudget(model: string, maxTokens: number): void;
}

export const NO_METRICS: Metrics = {
  noteRequestStarted: () => {},
  noteRequestEnded: () => {},
  noteRefusal: () => {},
  noteTokenized: () => {},
  noteQueueWait: () => {},
  noteRunStarted: () => {},
  noteRunEnded: () => {},
  noteBatchBudget: () => {},
};
