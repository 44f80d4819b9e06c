// Workers that an engine's native calls may hold. A job goes to a free one, others wait in order; an aborted job is left
// out, stopped, or, where its engine cannot stop a run, left to end by itself.
import { TermiteError } from "../errors.ts";
import { parseWireError } from "../wire-error.ts";
import type { WireError } from "../wire-error.ts";

/** One Worker. */
export interface WorkerSlot {
  readonly worker: Worker;
}

/** Each request has one reply; "failed" carries an error. */
export interface PoolReply {
  kind: string;
}

interface Slot<Request, Reply> extends WorkerSlot {
  job: Job<Request, Reply> | undefined;
}

interface Job<Request, Reply> {
  /** Made when the job's turn comes, because what must be sent depends on the Worker. */
  request: (slot: WorkerSlot) => Request;
  signal: AbortSignal | undefined;
  reply: Promise<Reply>;
  resolve: (reply: Reply) => void;
  reject: (reason: unknown) => void;
  /** Set once its client has gone. */
  stopped: boolean;
  /** Resolves when its Worker is free again or will not be asked; later than `reply` for a run that cannot be stopped. */
  ended: Promise<void>;
  end: () => void;
  unlisten: () => void;
}

/** How the pool stops a run; the flag stays set until it is cleared, so that no stop can come too early or too late. */
export interface RunStopper {
  set(slot: WorkerSlot): void;
  clear(slot: WorkerSlot): void;
}

/** A run that nobody waits for holds its Worker, and with it every other model, only so long. */
const GIVEN_UP_MS = 60_000;

export class WorkerPool<Request extends { kind: string }, Reply extends PoolReply> {
  readonly #slots: readonly Slot<Request, Reply>[];
  readonly #queue: Job<Request, Reply>[] = [];
  readonly #onFailure: ((error: Error) => void) | undefined;
  #stopper: RunStopper | undefined;
  #failure: TermiteError | undefined;
  readonly #givenUpMs: number;
  #isEnding = false;

  /**
   * `onFailure` is called once, before what is in flight is rejected, when a Worker has ended by itself or a run that was
   * given up goes on for `givenUpMs`: a graph may hold a loop without an end.
   */
  constructor(workerUrl: string, count: number, onFailure?: (error: Error) => void, givenUpMs = GIVEN_UP_MS) {
    this.#onFailure = onFailure;
    this.#givenUpMs = givenUpMs;
    this.#slots = Array.from({ length: count }, () => this.#createSlot(workerUrl));
  }

  /** How many Workers there are. */
  get size(): number {
    return this.#slots.length;
  }

  #createSlot(workerUrl: string): Slot<Request, Reply> {
    const worker = new Worker(workerUrl);
    const slot: Slot<Request, Reply> = { worker, job: undefined };
    worker.onmessage = ({ data }: MessageEvent<Reply>) => this.#finish(slot, data);
    worker.onerror = ({ message }) => this.#fail(message);
    worker.addEventListener("close", () => this.#fail("it closed"));
    return slot;
  }

  /** Starts every Worker with the same request. All must answer. */
  async start(request: Request): Promise<ReadonlyMap<WorkerSlot, Reply>> {
    const replies = this.#slots.map(async (slot) => [slot, await this.#ask(slot, request)] as const);
    return new Map(await Promise.all(replies));
  }

  /** Without one a run that has begun goes on after its abort, and its Worker is busy until it ends. */
  setStopper(stopper: RunStopper): void {
    this.#stopper = stopper;
  }

  /**
   * Resolves with the Worker's reply. When the signal aborts, rejects with its reason: a waiting job at once, as does a
   * running one that cannot be stopped; one that can when the native run has really ended.
   */
  submit(request: (slot: WorkerSlot) => Request, signal?: AbortSignal): Promise<Reply> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const job = createJob<Request, Reply>(request, signal);
    this.#listen(job);
    this.#queue.push(job);
    this.#dispatch();
    return job.reply;
  }

  #listen(job: Job<Request, Reply>): void {
    const { signal } = job;
    if (!signal) return;
    const abort = (): void => this.#abort(job);
    signal.addEventListener("abort", abort, { once: true });
    job.unlisten = () => signal.removeEventListener("abort", abort);
  }

  #abort(job: Job<Request, Reply>): void {
    const slot = this.#slots.find((it) => it.job === job);
    if (slot) {
      job.stopped = true;
      this.#watch(job);
      if (this.#stopper === undefined) job.reject(job.signal?.reason);
      else this.#stopper.set(slot);
      return;
    }
    const place = this.#queue.indexOf(job);
    if (place < 0) return;
    this.#queue.splice(place, 1);
    job.reject(job.signal?.reason);
    job.end();
  }

  #watch(job: Job<Request, Reply>): void {
    const timer = setTimeout(() => this.#fail("", "a run did not end after it was given up"), this.#givenUpMs);
    void job.ended.then(() => clearTimeout(timer));
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      if (slot.job) continue;
      const job = this.#queue.shift();
      if (!job) return;
      this.#post(slot, job);
    }
  }

  #post(slot: Slot<Request, Reply>, job: Job<Request, Reply>): void {
    slot.job = job;
    try {
      slot.worker.postMessage(job.request(slot));
    } catch (error) {
      // What can not be cloned never reached the Worker, which is free for the next job.
      slot.job = undefined;
      job.unlisten();
      job.reject(error);
      job.end();
    }
  }

  /** A request to one Worker in particular, which is free. */
  #ask(slot: Slot<Request, Reply>, request: Request): Promise<Reply> {
    const job = createJob<Request, Reply>(() => request);
    this.#post(slot, job);
    return job.reply;
  }

  #finish(slot: Slot<Request, Reply>, reply: Reply): void {
    const { job } = slot;
    slot.job = undefined;
    if (!job) return;
    job.unlisten();
    // Cleared here and not in the Worker, whose clearing could undo a stop that came before its run began.
    if (job.stopped) this.#stopper?.clear(slot);
    if (job.stopped) job.reject(job.signal?.reason);
    else if (isFailure(reply)) job.reject(parseWireError(reply.error));
    else job.resolve(reply);
    job.end();
    this.#dispatch();
  }

  /** A Worker whose script failed cannot be trusted with a session that others share: nothing runs any more. */
  #fail(words: string, found = "an inference thread ended"): void {
    if (this.#isEnding || this.#failure) return;
    // The words may quote the script's source.
    this.#failure = new TermiteError("internal", `Cannot run model: ${found}`, { cause: new Error(words) });
    this.#onFailure?.(this.#failure);
    const jobs = this.#listJobs();
    this.#queue.length = 0;
    for (const job of jobs) {
      job.unlisten();
      job.reject(this.#failure);
      job.end();
    }
  }

  /** What is queued or runs. */
  #listJobs(): Job<Request, Reply>[] {
    return [...this.#queue, ...this.#slots.flatMap((slot) => slot.job ?? [])];
  }

  /** For requests without a reply: each Worker gets it before any later request. */
  broadcast(request: Request): void {
    for (const { worker } of this.#slots) worker.postMessage(request);
  }

  /** Lets every Worker answer `last` and release what it holds, then ends the threads. Nothing may come after it. */
  async close(last: Request): Promise<void> {
    await this.idle();
    if (!this.#failure) await Promise.all(this.#slots.map((slot) => this.#ask(slot, last)));
    this.terminate();
  }

  /** Resolves when nothing is queued or runs, aborted runs that could not be stopped included. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#listJobs().map(({ ended }) => ended));
  }

  /** Ends the threads as they are, when they could not be started. */
  terminate(): void {
    this.#isEnding = true;
    for (const { worker } of this.#slots) worker.terminate();
  }
}

function createJob<Request, Reply>(request: Job<Request, Reply>["request"], signal?: AbortSignal): Job<Request, Reply> {
  const { promise: reply, resolve, reject } = Promise.withResolvers<Reply>();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  return { request, signal, reply, resolve, reject, stopped: false, ended, end, unlisten: () => {} };
}

const isFailure = (reply: PoolReply): reply is { kind: "failed"; error: WireError } => reply.kind === "failed";
