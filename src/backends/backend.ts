// The interface between a runner and an engine. Every implementation passes test/contract/backend.ts, the fake included.
import type { Head, HeadResult } from "../heads/head.ts";
import type { Precision } from "../target.ts";
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
  /** What an XLA engine computes with; absent: f32. One that cannot is `unsupported_model`. */
  precision?: Precision | undefined;
  /** The heads as they are, for an engine that compiles them in: it begins before the first run. */
  programs?: readonly Head[];
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
  /** Shapes that batches are padded up to, where the engine has only some; a batch that fits none is split by the session. */
  buckets?: readonly { batch: number; length: number }[];
}

/** What a session holds just now. */
export interface SessionStats {
  /** Device memory of the weights. */
  weightBytes: number;
  /** Of the programs, about: 0 where the engine has none. */
  programBytes: number;
  /** Programs for shapes that are ready, and that are planned in all, where the engine compiles any. */
  ready: number;
  planned: number;
}

export interface Session {
  readonly facts: SessionFacts;
  /**
   * Pads, runs, applies the head next to the engine. Aborting rejects with the signal's reason and stops a run that has
   * begun; an engine that cannot stop one rejects at once and lets it end by itself, before `close` does.
   */
  run(batch: TokenBatch, head: Head, signal?: AbortSignal): Promise<HeadResult>;
  /** Named inputs to named outputs, all of them, as they are. For conformance. */
  runTensors(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  /** Absent where the engine cannot say. */
  stats?(): SessionStats;
  /** Releases the session's memory. Runs in flight end first. */
  close(): Promise<void>;
}

/** What the device's allocator counts. */
export interface EngineMemory {
  usedBytes: number;
  peakBytes?: number;
  limitBytes?: number;
}

export interface Backend {
  readonly info: EngineInfo;
  /** Runs that this engine can execute at the same time; more are queued inside. */
  readonly runsAtOnce: number;
  open(source: ModelSource): Promise<Session>;
  /** `undefined` where the engine does not count. */
  memory?(): Promise<EngineMemory | undefined>;
  close(): Promise<void>;
}
