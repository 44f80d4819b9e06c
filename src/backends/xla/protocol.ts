// The messages between the backend's thread and its Workers: one that compiles, and those that run what was compiled.
import type { Head, HeadResult } from "../../heads/head.ts";
import type { Tensor, TokenBatch } from "../../tensor.ts";
import type { WireError } from "../../wire-error.ts";
import type { ModelSource } from "../backend.ts";
import type { CompilerFlags } from "../../ffi/pjrt/compile-options.ts";
import type { NamedValues } from "../../ffi/pjrt/named-values.ts";
import type { DeviceMemory } from "../../ffi/pjrt/device.ts";
import type { GraphOutput } from "../head-outputs.ts";
import type { CellInput } from "../token-cells.ts";
import type { WorkerPool } from "../worker-pool.ts";

/** What a program is compiled for: that many texts of that many tokens. */
export interface BucketShape {
  batch: number;
  length: number;
}

/** How a run fills an argument of a program. */
export type ArgumentSource =
  | ({ kind: "cells" } & CellInput)
  | { kind: "lengths" }
  | { kind: "pool-from" }
  /** A device buffer that all programs of the session share. */
  | { kind: "weight"; address: number };

/** A compiled program, as the Workers that run share it. `id` is never used twice, `address` may be. */
export interface ProgramRef {
  id: number;
  address: number;
  shape: BucketShape;
  arguments: readonly ArgumentSource[];
  /** Of its one output, which is float32. */
  outputDims: readonly number[];
  headKind: Head["kind"];
  /** Bytes of the serialized program, as far as known: about what it holds in memory. */
  sizeBytes: number;
}

export interface ModelFacts {
  inputs: readonly string[];
  outputs: readonly GraphOutput[];
  /** Last dimension of the token output. */
  width?: number | undefined;
  /** The one length that the graph takes, where it is fixed to one. */
  fixedLength?: number | undefined;
  /** Rows of the tables that ids pick from; absent where the graph does not say it. */
  rows: { ids?: number | undefined; types?: number | undefined };
  weightBytes: number;
  /** Buckets that were used when the model was last open, the most used first. */
  warmOrder: readonly BucketShape[];
}

export interface CompileRequest {
  kind: "compile";
  session: number;
  shape: BucketShape;
  headId: number;
  /** Comes along the first time. */
  head?: Head | undefined;
  hasPoolFrom: boolean;
  /** Not from the disk cache: what is there cannot be loaded. */
  isFresh: boolean;
}

export type XlaRequest =
  | {
    kind: "start"; libraryPath: string; clientOptions: NamedValues; compilerFlags: CompilerFlags; cacheFolder: string;
    memoryBytes: number | undefined;
    /** What the environment tells the compiler (XLA_FLAGS): other flags make other programs. */
    flags: string;
  }
  /** To a Worker that runs: the client of the one that compiles. */
  | { kind: "join"; libraryPath: string; client: number }
  | { kind: "open"; session: number; source: ModelSource }
  | CompileRequest
  /** To a Worker that runs: loads what the one that compiles found on disk, so that several are loaded at once. */
  | { kind: "load"; session: number; program: ProgramRef; serialized: Uint8Array<ArrayBuffer> }
  | { kind: "run"; session: number; program: number; batch: TokenBatch; ref?: ProgramRef | undefined }
  | { kind: "run-tensors"; session: number; feeds: Readonly<Record<string, Tensor>> }
  | { kind: "memory" }
  | { kind: "warm-order"; session: number; order: readonly BucketShape[] }
  /** To every Worker that runs; has no reply. */
  | { kind: "forget"; session: number }
  | { kind: "release"; session: number }
  | { kind: "stop" };

export type XlaReply =
  | { kind: "started"; client: number; version: string; device: string; platform: string }
  | { kind: "joined" }
  | { kind: "opened"; facts: ModelFacts }
  /** `unkept`: why no program is kept on disk any more; comes once. */
  | { kind: "compiled"; program: ProgramRef; unkept?: string | undefined }
  /** The program's address is not known yet. */
  | { kind: "stored"; program: ProgramRef; serialized: Uint8Array<ArrayBuffer> }
  | { kind: "result"; result: HeadResult }
  | { kind: "tensors"; tensors: Record<string, Tensor> }
  | { kind: "memory"; memory: DeviceMemory | undefined }
  | { kind: "done" }
  | { kind: "failed"; error: WireError };

export type XlaPool = WorkerPool<XlaRequest, XlaReply>;
