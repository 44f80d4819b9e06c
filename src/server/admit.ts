// Who asks, and whether one request more is let in: decided before anything of it is read but its headers.
import type { MiddlewareHandler } from "hono";
import type { ServerDeps } from "./deps.ts";
import type { ConnectionState, ServerContext, ServerEnv } from "./route.ts";

/** Throws `overloaded`. The request counts until it is answered or its client has left. */
export function createAdmissionGate({ admission }: Pick<ServerDeps, "admission">): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const client = resolveClient(c);
    c.set("client", client);
    const leave = admission?.enter(client ?? "");
    try {
      await next();
    } finally {
      leave?.();
    }
  };
}

/**
 * By its key where keys are asked for, else by its address: behind a proxy all are one. What a client says of itself
 * (`X-Forwarded-For`) does not count: it could be anybody with every request.
 */
function resolveClient(c: ServerContext): string | undefined {
  const connection: ConnectionState | undefined = c.env;
  return c.get("apiKey")?.name ?? connection?.findAddress?.();
}
