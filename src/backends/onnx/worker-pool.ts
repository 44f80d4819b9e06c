// As many Workers as cores. A job goes to a free one, others wait in order; an aborted job is left out or stopped.
import { TermiteError } from "../../errors.ts";
import { parseWireError } from "../../wire-error.ts";
import type { WorkerReply, WorkerRequest } from "./protocol.ts";

/** One Worker. `runOptions` is where its run can be stopped from here. */
export interface WorkerSlot {
  readonly worker: Worker;
  runOptions: number;
  job: Job | undefined;
}

interface Job {
  /** Made when the job's turn comes, because what must be sent depends on the Worker. */
  request: (slot: WorkerSlot) => WorkerRequest;
  signal: AbortSignal | undefined;
  reply: Promise<WorkerReply>;
  resolve: (reply: WorkerReply) => void;
  reject: (reason: unknown) => void;
  /** Set once the native run was told to stop. */
  stopped: boolean;
  unlisten: () => void;
}

/** How the pool stops a run; the flag stays set until it is cleared, so that no stop can come too early or too late. */
export interface RunStopper {
  set(slot: WorkerSlot): void;
  clear(slot: WorkerSlot): void;
}

type Started = Extract<WorkerReply, { kind: "started" }>;

export class WorkerPool {
  readonly #slots: readonly WorkerSlot[];
  readonly #queue: Job[] = [];
  readonly #onFailure: ((error: Error) => void) | undefined;
  #stopper: RunStopper | undefined;
  #failure: TermiteError | undefined;
  #isEnding = false;

  /** `onFailure` is called once, before what is in flight is rejected, when a Worker has ended by itself. */
  constructor(workerUrl: string, count: number, onFailure?: (error: Error) => void) {
    this.#onFailure = onFailure;
    this.#slots = Array.from({ length: count }, () => this.#createSlot(workerUrl));
  }

  #createSlot(workerUrl: string): WorkerSlot {
    const worker = new Worker(workerUrl);
    const slot: WorkerSlot = { worker, runOptions: 0, job: undefined };
    worker.onmessage = ({ data }: MessageEvent<WorkerReply>) => this.#finish(slot, data);
    worker.onerror = ({ message }) => this.#fail(message);
    worker.addEventListener("close", () => this.#fail("it closed"));
    return slot;
  }

  /** Starts every Worker with the same request. All must answer. */
  async start(request: WorkerRequest): Promise<readonly Started[]> {
    const replies = await Promise.all(this.#slots.map((slot) => this.#ask(slot, request)));
    return this.#slots.map((slot, i) => {
      const reply = replies[i];
      if (reply?.kind !== "started") throw new TypeError(`Cannot start a Worker: found reply "${reply?.kind}"`);
      slot.runOptions = reply.runOptions;
      return reply;
    });
  }

  /** Before it is called nothing can be aborted. */
  setStopper(stopper: RunStopper): void {
    this.#stopper = stopper;
  }

  /**
   * Resolves with the Worker's reply. When the signal aborts, rejects with its reason: a waiting job at once, a running
   * one when the native run has really ended, so that whoever waits for it may release what it used.
   */
  submit(request: (slot: WorkerSlot) => WorkerRequest, signal?: AbortSignal): Promise<WorkerReply> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const job = createJob(request, signal);
    this.#listen(job);
    this.#queue.push(job);
    this.#dispatch();
    return job.reply;
  }

  #listen(job: Job): void {
    const { signal } = job;
    if (!signal) return;
    const abort = (): void => this.#abort(job);
    signal.addEventListener("abort", abort, { once: true });
    job.unlisten = () => signal.removeEventListener("abort", abort);
  }

  #abort(job: Job): void {
    const slot = this.#slots.find((it) => it.job === job);
    if (slot) {
      job.stopped = true;
      this.#stopper?.set(slot);
      return;
    }
    const place = this.#queue.indexOf(job);
    if (place < 0) return;
    this.#queue.splice(place, 1);
    job.reject(job.signal?.reason);
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      if (slot.job) continue;
      const job = this.#queue.shift();
      if (!job) return;
      this.#post(slot, job);
    }
  }

  #post(slot: WorkerSlot, job: Job): void {
    slot.job = job;
    try {
      slot.worker.postMessage(job.request(slot));
    } catch (error) {
      // What can not be cloned never reached the Worker, which is free for the next job.
      slot.job = undefined;
      job.unlisten();
      job.reject(error);
    }
  }

  /** A request to one Worker in particular, which is free. */
  #ask(slot: WorkerSlot, request: WorkerRequest): Promise<WorkerReply> {
    const job = createJob(() => request);
    this.#post(slot, job);
    return job.reply;
  }

  #finish(slot: WorkerSlot, reply: WorkerReply): void {
    const { job } = slot;
    slot.job = undefined;
    if (!job) return;
    job.unlisten();
    // Cleared here and not in the Worker, whose clearing could undo a stop that came before its run began.
    if (job.stopped) this.#stopper?.clear(slot);
    if (job.stopped) job.reject(job.signal?.reason);
    else if (reply.kind === "failed") job.reject(parseWireError(reply.error));
    else job.resolve(reply);
    this.#dispatch();
  }

  /** A Worker whose script failed cannot be trusted with a session that others share: nothing runs any more. */
  #fail(words: string): void {
    if (this.#isEnding || this.#failure) return;
    // The words may quote the script's source.
    this.#failure = new TermiteError("internal", "Cannot run model: an inference thread ended", { cause: new Error(words) });
    this.#onFailure?.(this.#failure);
    const jobs = this.#listJobs();
    this.#queue.length = 0;
    for (const job of jobs) {
      job.unlisten();
      job.reject(this.#failure);
    }
  }

  /** What is queued or runs. */
  #listJobs(): Job[] {
    return [...this.#queue, ...this.#slots.flatMap((slot) => slot.job ?? [])];
  }

  /** For requests without a reply: each Worker gets it before any later request. */
  broadcast(request: WorkerRequest): void {
    for (const { worker } of this.#slots) worker.postMessage(request);
  }

  /** Lets every Worker release what it holds once it has answered, then ends the threads. Nothing may come after it. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#listJobs().map(({ reply }) => reply));
    if (!this.#failure) await Promise.all(this.#slots.map((slot) => this.#ask(slot, { kind: "stop" })));
    this.terminate();
  }

  /** Ends the threads as they are, when they could not be started. */
  terminate(): void {
    this.#isEnding = true;
    for (const { worker } of this.#slots) worker.terminate();
  }
}

function createJob(request: Job["request"], signal?: AbortSignal): Job {
  const { promise: reply, resolve, reject } = Promise.withResolvers<WorkerReply>();
  return { request, signal, reply, resolve, reject, stopped: false, unlisten: () => {} };
}
