// The messages between the backend's thread and its Workers. Each Worker answers one request at a time, in order.
import type { Head, HeadResult } from "../../heads/head.ts";
import type { Tensor, TokenBatch } from "../../tensor.ts";
import type { WireError } from "../../wire-error.ts";
import type { ModelSource, SessionFacts } from "../backend.ts";
import type { PoolReply, WorkerPool } from "../worker-pool.ts";

/** A session as the Workers share it. `id` is never used twice, `address` may be. */
export interface SessionRef {
  id: number;
  address: number;
}

export type OnnxDevice = "cpu" | "cuda";

export type WorkerRequest =
  /** `mailbox`: memory of a `RunMailbox`. */
  | { kind: "start"; libraryPath: string; cores: number; device: OnnxDevice; mailbox: SharedArrayBuffer }
  /** Computes something small on the device, so that a device that cannot is known before a model is opened. */
  | { kind: "prove" }
  | { kind: "open"; source: ModelSource }
  /** `head` comes along the first time that this Worker meets it. `turn`: by which of its run options it can be stopped. */
  | { kind: "run"; session: SessionRef; batch: TokenBatch; headId: number; turn: number; head?: Head | undefined }
  | { kind: "run-tensors"; session: SessionRef; feeds: Readonly<Record<string, Tensor>>; turn: number }
  /** Releases the session; every other Worker was told to forget it before. */
  | { kind: "release"; session: SessionRef }
  /** Has no reply. */
  | { kind: "forget"; sessionId: number }
  | { kind: "stop" };

export type WorkerReply = WorkerAnswer & Pick<PoolReply, "next">;

type WorkerAnswer =
  /** Addresses of the Worker's run options by turn, by which another thread stops its run. */
  | { kind: "started"; version: string; runOptions: readonly [number, number] }
  | { kind: "opened"; address: number; facts: SessionFacts }
  | { kind: "result"; result: HeadResult }
  | { kind: "tensors"; tensors: Record<string, Tensor> }
  | { kind: "done" }
  | { kind: "failed"; error: WireError };

export type OnnxPool = WorkerPool<WorkerRequest, WorkerReply>;
