// When work stops: the client has left, or the request's time is over. One signal carries both down to the runner.
import type { MiddlewareHandler } from "hono";
import { TermiteError } from "../errors.ts";
import type { ServerEnv } from "./route.ts";

/** Sets `signal` for the route behind it. Its reason is `deadline_exceeded` when the time is over. */
export function createDeadline(timeoutMs: number): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(createDeadlineError(timeoutMs)), timeoutMs);
    c.set("signal", AbortSignal.any([c.req.raw.signal, deadline.signal]));
    try {
      await next();
    } finally {
      clearTimeout(timer);
    }
  };
}

function createDeadlineError(timeoutMs: number): TermiteError {
  return new TermiteError("deadline_exceeded", `Cannot answer in time: the limit is ${timeoutMs} ms`, {
    details: { timeoutMs },
  });
}
