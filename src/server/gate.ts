// Whether work is let in: the composition's readiness, overruled by a server that was told to stop.
import type { MiddlewareHandler } from "hono";
import { TermiteError } from "../errors.ts";
import type { Readiness, ServerDeps } from "./deps.ts";
import type { ConnectionState, ServerContext, ServerEnv } from "./route.ts";

const RETRY_AFTER_SECONDS = 1;
/** Gigabytes take minutes. */
const INSTALL_RETRY_SECONDS = 10;

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
    const refusal = findRefusal(resolveReadiness(c, deps));
    if (refusal !== undefined) throw refusal;
    await next();
  };
}

/** Why nothing is answered but what every phase answers; `undefined` when work is let in. */
export function findRefusal({ status, plugin = "" }: Readiness): TermiteError | undefined {
  if (status === "draining") return createRefusal("draining", "the server is shutting down");
  if (status === "loading") return createRefusal("loading", "the default model is loading");
  if (status !== "installing") return undefined;
  return createRefusal("installing", `the plugin "${plugin}" is being installed`, INSTALL_RETRY_SECONDS);
}

function createRefusal(
  code: "draining" | "loading" | "installing",
  found: string,
  retryAfterSeconds = RETRY_AFTER_SECONDS,
): TermiteError {
  return new TermiteError(code, `Cannot take work now: ${found}`, { details: { retryAfterSeconds } });
}
