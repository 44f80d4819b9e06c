// Calls that were sent to a child and are not answered yet, by id. A cancelled call is settled for its caller at once but
// stays here until the child answers, because until then the child still works on it.
import { TermiteError } from "../errors.ts";
import { parseWireError } from "../wire-error.ts";
import type { Reply } from "./protocol.ts";
import { ResultAssembly } from "./result-pieces.ts";

export type Answer = Extract<Reply, { id: number }>;

export interface CallOptions<T extends Reply["type"]> {
  /** The answer that belongs to the request. */
  type: T;
  /** Runs and loads can bring the process down; figures and unloading are not suspected. */
  isWork: boolean;
  signal?: AbortSignal | undefined;
  /** False when there is no channel any more: a call that was never sent is suspected of nothing. */
  send: (id: number) => boolean;
  cancel: (id: number) => void;
}

interface PendingCall {
  isWork: boolean;
  assembly: ResultAssembly | undefined;
  settle: (answer: Answer) => void;
  fail: (error: Error) => void;
}

export class PendingCalls {
  readonly #calls = new Map<number, PendingCall>();
  #lastId = 0;
  /** Set once the child has ended: there will be no more answers. */
  #createError: ((isAlone: boolean) => Error) | undefined;
  #onIdle: (() => void)[] = [];

  /** Rejects with the signal's reason, the child's error, or the error of `failAll`. */
  add<T extends Reply["type"]>({ type, isWork, signal, send, cancel }: CallOptions<T>): Promise<Extract<Reply, { type: T }>> {
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    if (this.#createError !== undefined) return Promise.reject(this.#createError(false));
    const { promise, resolve, reject } = Promise.withResolvers<Extract<Reply, { type: T }>>();
    const id = ++this.#lastId;
    const onAbort = (): void => {
      reject(signal?.reason);
      cancel(id);
    };
    const settle = (answer: Answer): void => {
      if (hasType(answer, type)) resolve(answer);
      else reject(answer.type === "error" ? parseWireError(answer.error) : misunderstood(type, answer.type));
    };
    const wasSent = send(id);
    this.#calls.set(id, { isWork: isWork && wasSent, assembly: undefined, settle, fail: reject });
    signal?.addEventListener("abort", onAbort, { once: true });
    const stopListening = (): void => signal?.removeEventListener("abort", onAbort);
    promise.then(stopListening, stopListening);
    return promise;
  }

  /** Throws `internal` when a piece does not fit; an answer to an unknown id is one too. */
  take(answer: Answer): void {
    const call = this.#calls.get(answer.id);
    if (call === undefined) throw new TermiteError("internal", "Cannot understand the runner: an answer to no question");
    if (answer.type === "outline") {
      call.assembly = new ResultAssembly(answer.outline);
    } else if (answer.type === "piece") {
      const result = call.assembly?.add(answer);
      if (result !== undefined) this.#settle(call, { type: "result", id: answer.id, result });
    } else {
      this.#settle(call, answer);
    }
  }

  /** Also fails every later call. `createError` is told whether the call was the only work in flight; so is the caller. */
  failAll(createError: (isAlone: boolean) => Error): boolean {
    this.#createError = createError;
    const calls = [...this.#calls.values()];
    const isAlone = calls.filter(({ isWork }) => isWork).length === 1;
    this.#calls.clear();
    for (const call of calls) call.fail(createError(isAlone && call.isWork));
    this.#tellIdle();
    return isAlone;
  }

  /** Resolves when no run or load is in flight. */
  idle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle.push(resolve);
    this.#tellIdle();
    return promise;
  }

  #settle(call: PendingCall, answer: Answer): void {
    this.#calls.delete(answer.id);
    call.settle(answer);
    this.#tellIdle();
  }

  #tellIdle(): void {
    if ([...this.#calls.values()].some(({ isWork }) => isWork)) return;
    const waiting = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiting) resolve();
  }
}

function hasType<T extends Reply["type"]>(answer: Reply, type: T): answer is Extract<Reply, { type: T }> {
  return answer.type === type;
}

function misunderstood(wanted: string, found: string): TermiteError {
  return new TermiteError("internal", `Cannot understand the runner: found "${found}" as the answer, need "${wanted}"`);
}
