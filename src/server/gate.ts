// Whether work is let in: the composition's readiness, overruled by a server that was told to stop.
import type { MiddlewareHandler } from "hono";
import { TermiteError } from "../errors.ts";
import type { Readiness, ServerDeps } from "./deps.ts";
import type { ConnectionState, ServerContext, ServerEnv } from "./route.ts";

const RETRY_AFTER_SECONDS = 1;

/** True once `listen` was told to drain. */
export function isDraining(c: ServerContext): boolean {
  const connection: ConnectionState | undefined = c.env;
  return connection?.isDraining?.() ?? false;
}

export function resolveReadiness(c: ServerContext, { readiness }: Pick<ServerDeps, "readiness">): Readiness {
  const current = readiness();
  return isDraining(c) ? { ...current, status: "draining" } : current;
}

/**
 * Refuses work while the server loads or drains. `failed` lets it through: that says only that the default
 * model cannot answer; others may, and its own request says why.
 */
export function createGate(deps: Pick<ServerDeps, "readiness">): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const { status } = resolveReadiness(c, deps);
    if (status === "draining") throw createRefusal("draining", "the server is shutting down");
    if (status === "loading") throw createRefusal("loading", "the default model is loading");
    await next();
  };
}

function createRefusal(code: "draining" | "loading", found: string): TermiteError {
  return new TermiteError(code, `Cannot take work now: ${found}`, {
    details: { retryAfterSeconds: RETRY_AFTER_SECONDS },
  });
}
