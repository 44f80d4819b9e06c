// An item that is in the queue or runs, for those who want the same: who runs it, and what becomes of it.
import type { TermiteError } from "../../errors.ts";
import type { HeadResult } from "../../heads/head.ts";
import type { Work } from "../scheduler.ts";
import type { Question } from "./result-store.ts";

/** How it ended. Neither a result nor an error: who ran it has left, and those who want it run it themselves. */
export interface Landing {
  result?: HeadResult;
  error?: TermiteError;
}

export interface Flight extends Question {
  /** Of the request that runs it. */
  readonly work: Work;
  /** Where in that request the item stands, once or more often. */
  readonly places: number[];
  /** All that the request runs together with it. */
  tokens: number;
  isRunning: boolean;
  isLanded: boolean;
  /** Of those who wait for it; absent while nobody does. */
  landing?: PromiseWithResolvers<Landing>;
}

/** What is ahead of an item that waits in one's own line; about two batches. */
const FEW_TOKENS = 2048;

/**
 * Whether to wait for it is no worse than to run it oneself. Clients take turns in the queue, so another client's item
 * may be far behind one's own unless it runs already; and so may one of a request that is much larger.
 */
export function isNear({ isRunning, work, tokens }: Flight, { client }: Work, ownTokens: number): boolean {
  return isRunning || (work.client === client && tokens <= Math.max(FEW_TOKENS, ownTokens));
}

/** Never rejects. */
export function joinFlight(flight: Flight): Promise<Landing> {
  flight.landing ??= Promise.withResolvers<Landing>();
  return flight.landing.promise;
}
