// The messages between the backend's thread and its Workers. Each Worker answers one request at a time, in order.
import type { ErrorCode } from "../../errors.ts";
import { NativeError, TermiteError } from "../../errors.ts";
import type { Head, HeadResult } from "../../heads/head.ts";
import type { Tensor, TokenBatch } from "../../tensor.ts";
import type { ModelSource, SessionFacts } from "../backend.ts";

/** A session as the Workers share it. `id` is never used twice, `address` may be. */
export interface SessionRef {
  id: number;
  address: number;
}

export type WorkerRequest =
  | { kind: "start"; libraryPath: string; cores: number }
  | { kind: "open"; source: ModelSource }
  /** `head` comes along the first time that this Worker meets it. */
  | { kind: "run"; session: SessionRef; batch: TokenBatch; headId: number; head?: Head | undefined }
  | { kind: "run-tensors"; session: SessionRef; feeds: Readonly<Record<string, Tensor>> }
  /** Releases the session; every other Worker was told to forget it before. */
  | { kind: "release"; session: SessionRef }
  /** Has no reply. */
  | { kind: "forget"; sessionId: number }
  | { kind: "stop" };

/** An error as plain data: a structured clone would lose its class and its code. */
export interface Failure {
  code: ErrorCode;
  message: string;
  native?: { status: number; message: string };
}

export type WorkerReply =
  /** The address of the Worker's run options, by which another thread stops its run. */
  | { kind: "started"; version: string; runOptions: number }
  | { kind: "opened"; address: number; facts: SessionFacts }
  | { kind: "result"; result: HeadResult }
  | { kind: "tensors"; tensors: Record<string, Tensor> }
  | { kind: "done" }
  | { kind: "failed"; failure: Failure };

export function formatFailure(error: unknown): Failure {
  if (!(error instanceof TermiteError)) return { code: "internal", message: formatUnknown(error) };
  const native = [error, error.cause].findLast((it) => it instanceof NativeError);
  const { code, message } = error;
  return { code, message, ...(native && { native: { status: native.nativeStatus, message: native.message } }) };
}

const formatUnknown = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export function parseFailure({ code, message, native }: Failure): Error {
  const cause = native && new NativeError("onnxruntime", native.status, native.message);
  if (code === "native") return new NativeError("onnxruntime", native?.status ?? -1, message, { cause });
  return new TermiteError(code, message, { cause });
}
