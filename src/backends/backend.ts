// The interface between a runner and an engine. Every implementation passes test/contract/backend.ts, the fake included.
import type { Head, HeadResult } from "../heads/head.ts";
import type { Tensor, TokenBatch } from "../tensor.ts";

/** What really executes, as the library itself says. */
export interface EngineInfo {
  /** "onnxruntime", "pjrt", … */
  library: string;
  version: string;
  device: string;
}

export interface ModelSource {
  /** Absolute path of the `.onnx` file. Errors name the model, never this path. */
  graphFile: string;
  /** What `run` will be asked for: a graph without an output for one of them is refused. */
  heads?: readonly Head["kind"][];
  /** Tokens of the longest text. A graph of a fixed length is refused unless that is known to fit; of a fixed batch always. */
  maxTokens?: number | undefined;
  /** For conformance: inputs that no text fills are not refused, and only `runTensors` works. */
  tensorsOnly?: boolean;
}

/** What a scheduler needs to know of a session. */
export interface SessionFacts {
  inputs: readonly string[];
  outputs: readonly string[];
  /** True when a batch costs `longest x count`; false for engines that take ragged batches. */
  padded: boolean;
  /** Last dimension of the token output, when the graph says it. */
  width?: number | undefined;
}

export interface Session {
  readonly facts: SessionFacts;
  /** Pads, runs, applies the head next to the engine. Aborting stops a run that has begun; rejects with the signal's reason. */
  run(batch: TokenBatch, head: Head, signal?: AbortSignal): Promise<HeadResult>;
  /** Named inputs to named outputs, all of them, as they are. For conformance. */
  runTensors(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /** Releases the session's memory. Runs in flight end first. */
  close(): Promise<void>;
}

export interface Backend {
  readonly info: EngineInfo;
  /** Runs that this engine can execute at the same time; more are queued inside. */
  readonly runsAtOnce: number;
  open(source: ModelSource): Promise<Session>;
  close(): Promise<void>;
}
