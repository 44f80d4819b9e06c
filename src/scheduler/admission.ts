// Who is let in. Requests are bounded by number before anything of them is read, and by tokens before they are
// tokenized and once more after; what cannot be answered in time at the queue's own speed is not let in either. A refusal
// costs nothing but itself.
import { TermiteError } from "../errors.ts";
import { NO_METRICS } from "../metrics.ts";
import type { Metrics, RefusalReason } from "../metrics.ts";
import { computeShare, SharedLimit } from "./shared-limit.ts";

export interface AdmissionOptions {
  /** Of requests that were let in and are not answered yet. */
  maxQueueTokens: number;
  maxRequests: number;
  /** An answer that comes later is nobody's. */
  requestTimeoutMs: number;
  /** What the queues get through together; `undefined` while nobody knows. */
  tokensPerSecond: () => number | undefined;
  metrics?: Metrics;
}

/** Whose tokens they are: clients do not crowd each other out, nor does one model of a client another. */
export interface Flow {
  client: string;
  model: string;
}

/** The tokens of one request. Held until `release`, which comes last and may come at any time. */
export interface Permit {
  /** Their real number once it is known, instead of the estimate. Throws `overloaded` where it is too large after all. */
  resize(tokens: number): void;
  /** So many of them are done. */
  finish(tokens: number): void;
  release(): void;
}

export interface AdmissionFigures {
  /** Let in and not done: what waits, and what runs. */
  tokens: number;
  maxTokens: number;
  requests: number;
  maxRequests: number;
  tokensPerSecond: number | undefined;
}

/** What waits may take this much of a request's time: the rest is for tokenizing, for the run, and for a wrong estimate. */
const WAIT_SHARE = 0.75;
/** Who would have its answer in this part of that time, by turns with the others, does not wait behind what they hold. */
const SOON_SHARE = 1 / 8;

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #metrics: Metrics;
  readonly #requests = new SharedLimit();
  readonly #tokens = new SharedLimit();

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#metrics = options.metrics ?? NO_METRICS;
  }

  /** One request more, until the function that comes back is called, once. Throws `overloaded`. */
  enter(client: string): () => void {
    const { maxRequests } = this.#options;
    if (this.#requests.total > 0 && !this.#requests.hasRoom(client, 1, maxRequests)) throw this.#refuseRequest(client);
    this.#requests.add(client, 1);
    return () => this.#requests.add(client, -1);
  }

  /** A request's tokens as far as they are known; 0 where they are not. Throws `overloaded`. */
  reserve({ client, model }: Flow, tokens: number): Permit {
    const owner = `${client}\n${model}`;
    let held = 0;
    let left = 0;
    const hold = (amount: number): void => {
      this.#tokens.add(owner, amount - held);
      held = amount;
    };
    const permit: Permit = {
      resize: (size) => {
        hold(this.#fit(owner, size, held));
        left = size;
      },
      finish: (done) => {
        left = Math.max(0, left - done);
        hold(Math.min(held, left));
      },
      release: () => hold(0),
    };
    permit.resize(tokens);
    return permit;
  }

  figures(): AdmissionFigures {
    const { maxQueueTokens, maxRequests, tokensPerSecond } = this.#options;
    return {
      tokens: this.#tokens.total,
      maxTokens: maxQueueTokens,
      requests: this.#requests.total,
      maxRequests,
      tokensPerSecond: tokensPerSecond(),
    };
  }

  /**
   * What of `size` counts: a request that is larger than anyone's share runs in slices, and only as much of it as the share
   * is in the queue at a time. One that is larger than the queue finds room only in an empty one.
   */
  #fit(owner: string, size: number, held: number): number {
    const { maxQueueTokens } = this.#options;
    const speed = this.#options.tokensPerSecond();
    const timeLimit = this.#resolveTimeLimit(speed);
    const limit = Math.min(maxQueueTokens, timeLimit);
    const amount = Math.min(size, computeShare(limit));
    const isAlone = this.#tokens.total === held;
    const bound = this.#isSoon(owner, amount - held, timeLimit) ? maxQueueTokens : limit;
    const hasRoom = size <= maxQueueTokens && this.#tokens.hasRoom(owner, amount - held, bound);
    if (isAlone || amount <= held || hasRoom) return amount;
    throw this.#refuseTokens(owner, amount - held, { limit, speed });
  }

  /** Flows take turns: of each of the others no more runs before an owner's tokens than these are. */
  #isSoon(owner: string, more: number, timeLimit: number): boolean {
    const { owners } = this.#tokens;
    return (this.#tokens.heldBy(owner) + more) * (owners + 1) <= timeLimit * SOON_SHARE;
  }

  /** Tokens that are answered in time. */
  #resolveTimeLimit(speed: number | undefined): number {
    return speed === undefined ? Infinity : Math.floor((speed * WAIT_SHARE * this.#options.requestTimeoutMs) / 1000);
  }

  #refuseRequest(client: string): TermiteError {
    const own = this.#requests.heldBy(client);
    const { maxRequests } = this.#options;
    const found = `${this.#requests.total} requests are being answered, ${own} of them for this client, the limit is ${maxRequests}`;
    return this.#refuse("requests", found, this.#tokens.total / 2);
  }

  #refuseTokens(owner: string, more: number, { limit, speed }: { limit: number; speed: number | undefined }): TermiteError {
    const { total } = this.#tokens;
    const isLate = limit < this.#options.maxQueueTokens;
    const bound = isLate ? `at ${Math.round(speed ?? 0)} tokens a second ${limit} can be answered in time` : `the limit is ${limit}`;
    const found = `${total} tokens are waiting, ${this.#tokens.heldBy(owner)} of them for this client and model, ${bound}`;
    return this.#refuse(isLate ? "time" : "tokens", found, total / 2 + Math.max(0, total + more - limit));
  }

  /**
   * `tokens`: what should be done before it makes sense to ask again. Half of what waits, so that those who come back find
   * neither a full queue nor an idle one.
   */
  #refuse(reason: RefusalReason, found: string, tokens: number): TermiteError {
    this.#metrics.noteRefusal(reason);
    const { tokensPerSecond, requestTimeoutMs } = this.#options;
    const speed = tokensPerSecond();
    const seconds = speed === undefined ? 1 : Math.ceil(tokens / Math.max(speed, Number.MIN_VALUE));
    const retryAfterSeconds = Math.max(1, Math.min(seconds, Math.ceil(requestTimeoutMs / 1000)));
    return new TermiteError("overloaded", `Cannot take work now: ${found}`, { details: { reason, retryAfterSeconds } });
  }
}
