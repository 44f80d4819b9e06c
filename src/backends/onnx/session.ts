// A session as the backend's own thread sees it: an address that the Workers share, and what is in flight on it.
import { TermiteError } from "../../errors.ts";
import type { Head, HeadResult } from "../../heads/head.ts";
import type { Tensor, TokenBatch } from "../../tensor.ts";
import type { ModelSource, Session, SessionFacts } from "../backend.ts";
import { checkBatch } from "../check-batch.ts";
import type { WorkerSlot } from "../worker-pool.ts";
import type { MappedModel } from "./cpu-model.ts";
import type { OnnxPool, SessionRef, WorkerReply, WorkerRequest } from "./protocol.ts";

export interface OnnxSessionOptions {
  source: ModelSource;
  /** What is known once the model's first session is open. */
  opened: Pick<Extract<WorkerReply, { kind: "opened" }>, "facts" | "mapped">;
  /** After each run, and whatever else a Worker did for the session. */
  onRunEnded: () => void;
}

/** A head that Workers keep once they have met it. */
interface KnownHead {
  id: number;
  sentTo: Set<WorkerSlot>;
}

export class OnnxSession implements Session {
  readonly facts: SessionFacts;
  readonly #pool: OnnxPool;
  readonly #ref: SessionRef;
  readonly #mapped: MappedModel | undefined;
  readonly #onRunEnded: () => void;
  readonly #tensorsOnly: boolean;
  readonly #heads = new Map<Head, KnownHead>();
  readonly #inFlight = new Set<Promise<unknown>>();
  /** For runs that have a core each; opened when there are as many for the first time. */
  #oneCoreRef: SessionRef | undefined;
  #isOneCoreWanted = false;
  #closing: Promise<void> | undefined;

  constructor(pool: OnnxPool, ref: SessionRef, { source, opened, onRunEnded }: OnnxSessionOptions) {
    this.#pool = pool;
    this.#ref = ref;
    this.#mapped = opened.mapped;
    this.#onRunEnded = onRunEnded;
    this.facts = opened.facts;
    this.#tensorsOnly = source.tensorsOnly ?? false;
  }

  /** Pass the same `head` object each time: a Worker is sent it once and keeps it until the session is closed. */
  async run(batch: TokenBatch, head: Head, signal?: AbortSignal): Promise<HeadResult> {
    this.#checkOpen();
    checkBatch(batch);
    if (this.#tensorsOnly) throw runFailure("it was opened for tensors only");
    const known = this.#resolveHead(head);
    const mail = (): WorkerRequest | undefined => this.#createMail(batch, known);
    const reply = await this.#submit((slot) => this.#createRun(slot, batch, head, known), signal, mail);
    if (reply.kind !== "result") throw unexpected(reply);
    return reply.result;
  }

  async runTensors(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    this.#checkOpen();
    const reply = await this.#submit(({ turn }) => ({ kind: "run-tensors", session: this.#ref, feeds, turn }));
    if (reply.kind !== "tensors") throw unexpected(reply);
    return reply.tensors;
  }

  close(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  async #release(): Promise<void> {
    await Promise.allSettled(this.#inFlight);
    this.#pool.broadcast({ kind: "forget", sessionId: this.#ref.id });
    const addresses = [this.#oneCoreRef, this.#ref].flatMap((ref) => ref?.address ?? []);
    await this.#pool.submit(() => ({ kind: "release", addresses, mapped: this.#mapped }));
  }

  /** Of what runs now or waits, each has a core at least: then each computes on one. */
  #chooseRef(): SessionRef {
    if (this.#pool.load < this.#pool.size) return this.#ref;
    this.#wantOneCore();
    return this.#oneCoreRef ?? this.#ref;
  }

  #wantOneCore(): void {
    if (this.#isOneCoreWanted || this.#mapped === undefined || this.#pool.size === 1) return;
    this.#isOneCoreWanted = true;
    void this.#openOneCore(this.#mapped);
  }

  /** Where it cannot be opened (too little memory for a moment), runs go on as they are. */
  async #openOneCore(mapped: MappedModel): Promise<void> {
    try {
      const reply = await this.#submit(() => ({ kind: "open-one-core", mapped }));
      if (reply.kind === "opened-one-core") this.#oneCoreRef = { id: this.#ref.id, address: reply.address };
    } catch {
      // Not tried again.
    }
  }

  #checkOpen(): void {
    if (this.#closing) throw runFailure("the session is closed");
  }

  #resolveHead(head: Head): KnownHead {
    const known = this.#heads.get(head) ?? { id: this.#heads.size, sentTo: new Set() };
    this.#heads.set(head, known);
    return known;
  }

  #createRun(slot: WorkerSlot, batch: TokenBatch, head: Head, { id, sentTo }: KnownHead): WorkerRequest {
    const request: WorkerRequest = { kind: "run", session: this.#chooseRef(), batch, headId: id, turn: slot.turn };
    if (sentTo.has(slot)) return request;
    sentTo.add(slot);
    return { ...request, head };
  }

  /** For whichever Worker; `undefined` as long as one of them has not met the head. */
  #createMail(batch: TokenBatch, { id, sentTo }: KnownHead): WorkerRequest | undefined {
    if (sentTo.size < this.#pool.size) return undefined;
    return { kind: "run", session: this.#chooseRef(), batch, headId: id, turn: 0 };
  }

  #submit(
    request: (slot: WorkerSlot) => WorkerRequest,
    signal?: AbortSignal,
    mail?: () => WorkerRequest | undefined,
  ): Promise<WorkerReply> {
    const reply = this.#pool.submit(request, signal, mail);
    this.#inFlight.add(reply);
    return reply.finally(() => {
      this.#inFlight.delete(reply);
      this.#onRunEnded();
    });
  }
}

const runFailure = (found: string): TermiteError => new TermiteError("internal", `Cannot run model: ${found}`);
const unexpected = ({ kind }: WorkerReply): TypeError => new TypeError(`Cannot run model: found reply "${kind}"`);
