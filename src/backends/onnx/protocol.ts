// The messages between the backend's thread and its Workers. Each Worker answers one request at a time, in order.
import type { Head, HeadResult } from "../../heads/head.ts";
import type { Tensor, TokenBatch } from "../../tensor.ts";
import type { WireError } from "../../wire-error.ts";
import type { ModelSource, SessionFacts } from "../backend.ts";
import type { PoolReply, WorkerPool } from "../worker-pool.ts";
import type { MappedModel } from "./cpu-model.ts";

/**
 * A session as the Workers share it. `id` is never used twice, `address` may be. Of one model on the CPU there may be two
 * native sessions, which have its id in common.
 */
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
  /** A second session of a model, that computes on the calling thread alone. */
  | { kind: "open-one-core"; mapped: MappedModel }
  /** `head` comes along the first time that this Worker meets it. `turn`: by which of its run options it can be stopped. */
  | { kind: "run"; session: SessionRef; batch: TokenBatch; headId: number; turn: number; head?: Head | undefined }
  | { kind: "run-tensors"; session: SessionRef; feeds: Readonly<Record<string, Tensor>>; turn: number }
  /** Releases a model's native sessions and its file; every Worker was told to forget it before. */
  | { kind: "release"; addresses: readonly number[]; mapped?: MappedModel | undefined }
  /** Gives back the memory that runs have used. */
  | { kind: "shrink" }
  /** Has no reply. */
  | { kind: "forget"; sessionId: number }
  | { kind: "stop" };

export type WorkerReply = WorkerAnswer & Pick<PoolReply, "next">;

type WorkerAnswer =
  /** Addresses of the Worker's run options by turn, by which another thread stops its run. */
  | { kind: "started"; version: string; runOptions: readonly [number, number] }
  /** `mapped`: another session may be opened of it. */
  | { kind: "opened"; address: number; facts: SessionFacts; mapped?: MappedModel | undefined }
  | { kind: "opened-one-core"; address: number }
  | { kind: "result"; result: HeadResult }
  | { kind: "tensors"; tensors: Record<string, Tensor> }
  | { kind: "done" }
  | { kind: "failed"; error: WireError };

export type OnnxPool = WorkerPool<WorkerRequest, WorkerReply>;
