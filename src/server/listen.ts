// The socket under the app: where it listens, how long connections may be silent, and how it stops.
import type { Hono } from "hono";
import { findErrorCode, TermiteError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { ServerEnv } from "./route.ts";

export interface ListenOptions {
  app: Pick<Hono<ServerEnv>, "fetch">;
  /** An IPv6 literal without brackets. */
  hostname: string;
  /** 0 takes a free one. */
  port: number;
  log: Log;
}

export interface Listener {
  /** `http://host:port` with the port that was really taken. */
  readonly url: string;
  /**
   * Refuses new work (503 `draining`), waits for the work in hand, then closes the port. What is still in hand after
   * `timeoutMs` is cut off: false then.
   */
  drain(timeoutMs: number): Promise<boolean>;
  /** Closes the port and every connection at once. */
  stop(): Promise<void>;
}

// Above the 60 s after which usual load balancers drop a silent connection: whoever reuses it must find it open.
const KEEP_ALIVE_SECONDS = 120;
const NO_TIMEOUT = 0;

/** Throws `address_in_use` or `address_unavailable`. */
export function listen({ app, hostname, port, log }: ListenOptions): Listener {
  const pending = new Set<Promise<Response>>();
  let draining = false;
  const server = open({ hostname, port }, async (request, bun) => {
    // Bun counts neither a slow upload nor a slow answer as activity: while we work, our own deadline is the clock.
    bun.timeout(request, NO_TIMEOUT);
    const findAddress = (): string | undefined => bun.requestIP(request)?.address;
    const answer = Promise.resolve(app.fetch(request, { isDraining: () => draining, findAddress }));
    pending.add(answer);
    try {
      return await answer;
    } finally {
      pending.delete(answer);
      bun.timeout(request, KEEP_ALIVE_SECONDS);
    }
  });
  return {
    url: `http://${formatAddress({ hostname, port: server.port ?? port })}`,
    async drain(timeoutMs) {
      draining = true;
      const finish = Promise.allSettled(pending).then(() => server.stop(false));
      const inTime = await isInTime(finish, timeoutMs);
      if (inTime) return true;
      log.warn("work was cut off", { requests: pending.size, timeoutMs });
      await server.stop(true);
      return false;
    },
    stop: () => server.stop(true),
  };
}

type Address = Pick<ListenOptions, "hostname" | "port">;
type Fetch = (request: Request, server: Bun.Server<undefined>) => Promise<Response>;

function open(address: Address, fetch: Fetch): Bun.Server<undefined> {
  try {
    return Bun.serve({
      ...address,
      idleTimeout: KEEP_ALIVE_SECONDS,
      // Bun's own refusal has no body that a client could read: the app refuses by `limits.bodyBytes`.
      maxRequestBodySize: Number.MAX_SAFE_INTEGER,
      development: false,
      // Bun 1.4.5 shares the port with whoever holds it already as soon as `development` is false.
      reusePort: false,
      fetch,
    });
  } catch (cause) {
    throw createListenError(formatAddress(address), cause);
  }
}

function createListenError(address: string, cause: unknown): TermiteError {
  const hint = "choose another address with --api-url";
  const code = findErrorCode(cause) ?? "unknown";
  if (code === "EADDRINUSE") {
    return new TermiteError("address_in_use", `Cannot listen on "${address}": the port is in use`, { hint, cause });
  }
  const found = code === "EACCES" ? "permission denied" : `the address is not available (${code})`;
  return new TermiteError("address_unavailable", `Cannot listen on "${address}": ${found}`, { hint, cause });
}

function formatAddress({ hostname, port }: Address): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

async function isInTime(work: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: Timer | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const inTime = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
