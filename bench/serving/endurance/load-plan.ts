// What a load client is told and what it tells: plain data between two processes.
import type { TextKind } from "../texts.ts";
import type { Quantiles } from "./quantiles.ts";

export interface LoadPlan {
  url: string;
  model: string;
  texts: TextKind;
  /** 1 sends a string, more a list. */
  textsPerRequest: number;
  /** No two clients of one run may send the same texts. */
  firstText: number;
  seconds: number;
  /** Closed: so many clients, each with one request at a time. Open: requests come whether or not others were answered. */
  arrivals: { clients: number } | { perSecond: number; maxConnections: number };
  /** After the arrivals: how long single requests are sent one by one on a connection of their own. */
  probeSeconds: number;
}

export interface LoadReport {
  /** From the first arrival to the end of arrivals; what is answered later counts in latencies only. */
  seconds: number;
  sent: number;
  /** 200 within `seconds`. */
  answered: number;
  answeredPerSecond: number;
  tokensPerSecond: number;
  refused: number;
  refusedWithoutRetryAfter: number;
  /** Everything else, by status or error. */
  failures: Readonly<Record<string, number>>;
  connections: number;
  /** Arrivals that found all connections taken: the client's limit, not the server's. */
  unsent: number;
  /** From the planned time to the moment of sending: how late the client itself was. */
  lateMs: Quantiles;
  /** From sending, and from the planned time of sending. */
  answeredMs: Quantiles;
  answeredSincePlannedMs: Quantiles;
  refusedMs: Quantiles;
  refusedSincePlannedMs: Quantiles;
  /** Until the last request was answered, from the end of arrivals. */
  drainMs: number;
  probes: readonly Probe[];
}

export interface Probe {
  /** When it was sent, since the end of arrivals. */
  sentMs: number;
  status: number;
  ms: number;
}
