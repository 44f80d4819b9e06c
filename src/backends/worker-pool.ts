// Workers that an engine's native calls may hold. A job goes to a free one, others wait in order; an aborted job is left
// out, stopped, or, where its engine cannot stop a run, left to end by itself.
import { TermiteError } from "../errors.ts";
import { parseWireError } from "../wire-error.ts";
import type { WireError } from "../wire-error.ts";

/** One Worker. */
export interface WorkerSlot {
  readonly worker: Worker;
  /** 0 or 1, another one for each request: what stops one request must not stop the next, which may have begun already. */
  readonly turn: number;
}

/** Each request has one reply; "failed" carries an error. `next`: the Worker goes on with what lay ready, by its id. */
export interface PoolReply {
  kind: string;
  next?: number | undefined;
}

/** Where one request lies ready for whichever Worker is free first. */
export interface PoolMailbox<Request> {
  /** False when it does not fit. */
  put(mail: { id: number; request: Request }): boolean;
  /** True: no Worker takes it any more. False: one has it, and its last reply will say so. */
  retract(): boolean;
}

interface Slot<Request, Reply> extends WorkerSlot {
  job: Job<Request, Reply> | undefined;
  turn: number;
}

interface Job<Request, Reply> {
  /** Made when the job's turn comes, because what must be sent depends on the Worker. */
  request: (slot: WorkerSlot) => Request;
  /** The same for any Worker; `undefined` when it depends on the Worker after all. */
  mail: (() => Request | undefined) | undefined;
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
  #mailbox: PoolMailbox<Request> | undefined;
  /** What lies ready, or was taken by a Worker whose last reply is not here yet. */
  #offered: Job<Request, Reply> | undefined;
  #lastMail = 0;
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

  /** Requests that run, lie ready or wait. */
  get load(): number {
    const running = this.#slots.reduce((sum, { job }) => sum + (job ? 1 : 0), 0);
    return running + this.#queue.length + (this.#offered ? 1 : 0);
  }

  #createSlot(workerUrl: string): Slot<Request, Reply> {
    const worker = new Worker(workerUrl);
    const slot: Slot<Request, Reply> = { worker, job: undefined, turn: 0 };
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

  /** Without one a Worker that is free waits for this thread to hand it the next request. */
  setMailbox(mailbox: PoolMailbox<Request>): void {
    this.#mailbox = mailbox;
  }

  /**
   * Resolves with the Worker's reply. When the signal aborts, rejects with its reason: a waiting job at once, as does a
   * running one that cannot be stopped; one that can when the native run has really ended.
   */
  submit(request: Job<Request, Reply>["request"], signal?: AbortSignal, mail?: Job<Request, Reply>["mail"]): Promise<Reply> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (signal?.aborted) return Promise.reject(signal.reason);
    const job = createJob<Request, Reply>({ request, signal, mail });
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
    if (slot || (job === this.#offered && this.#takeBack() === undefined)) return this.#stop(job, slot);
    const place = this.#queue.indexOf(job);
    if (place >= 0) this.#queue.splice(place, 1);
    job.reject(job.signal?.reason);
    job.end();
    this.#dispatch();
  }

  /** Without a slot: a Worker has begun with it and has not said so yet. */
  #stop(job: Job<Request, Reply>, slot: Slot<Request, Reply> | undefined): void {
    job.stopped = true;
    this.#watch(job);
    if (this.#stopper === undefined) job.reject(job.signal?.reason);
    else if (slot) this.#stopper.set(slot);
  }

  #watch(job: Job<Request, Reply>): void {
    const timer = setTimeout(() => this.#fail("", "a run did not end after it was given up"), this.#givenUpMs);
    void job.ended.then(() => clearTimeout(timer));
  }

  #dispatch(): void {
    for (const slot of this.#slots) {
      if (slot.job) continue;
      // It was put there a moment too late for this Worker.
      const job = this.#takeBack() ?? this.#queue.shift();
      if (!job) return;
      this.#post(slot, job);
    }
    this.#offer();
  }

  /** The first that waits, while every Worker is busy. */
  #offer(): void {
    const [job] = this.#queue;
    if (job === undefined || this.#offered !== undefined || this.#mailbox === undefined) return;
    const request = job.mail?.();
    if (request === undefined || !this.#mailbox.put({ id: ++this.#lastMail, request })) return;
    this.#queue.shift();
    this.#offered = job;
  }

  /** What lies ready; `undefined` when nothing does, or a Worker has it. */
  #takeBack(): Job<Request, Reply> | undefined {
    if (this.#offered === undefined || this.#mailbox?.retract() !== true) return undefined;
    const job = this.#offered;
    this.#offered = undefined;
    return job;
  }

  /** The Worker goes on with what lay ready. */
  #handOver(slot: Slot<Request, Reply>): void {
    slot.job = this.#offered;
    slot.turn = 1 - slot.turn;
    this.#offered = undefined;
    // Its client has gone meanwhile.
    if (slot.job?.stopped) this.#stopper?.set(slot);
  }

  #post(slot: Slot<Request, Reply>, job: Job<Request, Reply>): void {
    slot.job = job;
    slot.turn = 1 - slot.turn;
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
    const job = createJob<Request, Reply>({ request: () => request });
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
    if (reply.next !== undefined) this.#handOver(slot);
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

  /** What is queued, lies ready or runs. */
  #listJobs(): Job<Request, Reply>[] {
    const offered = this.#offered ? [this.#offered] : [];
    return [...this.#queue, ...offered, ...this.#slots.flatMap((slot) => slot.job ?? [])];
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

type JobParts<Request, Reply> = Pick<Job<Request, Reply>, "request"> & Partial<Pick<Job<Request, Reply>, "signal" | "mail">>;

function createJob<Request, Reply>({ request, signal, mail }: JobParts<Request, Reply>): Job<Request, Reply> {
  const { promise: reply, resolve, reject } = Promise.withResolvers<Reply>();
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  return { request, mail, signal, reply, resolve, reject, stopped: false, ended, end, unlisten: () => {} };
}

const isFailure = (reply: PoolReply): reply is { kind: "failed"; error: WireError } => reply.kind === "failed";
