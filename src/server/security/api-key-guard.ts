// Asks everyone for a key where the configuration has some. What a key may be used for: see `scoped-routes.ts`.
import type { MiddlewareHandler } from "hono";
import { TermiteError } from "../../errors.ts";
import type { ServerDeps } from "../deps.ts";
import type { ServerContext, ServerEnv } from "../route.ts";
import { createApiKeyFinder, parseBearer, type ApiKey } from "./api-key.ts";
import { isOpen } from "./open-routes.ts";

const HINT = 'send the header "Authorization: Bearer KEY"';

type GuardDeps = Pick<ServerDeps, "apiKeys" | "log">;

/** Throws `unauthorized` before anything of the request is read but its headers. */
export function createApiKeyGuard({ apiKeys, log }: GuardDeps): MiddlewareHandler<ServerEnv> {
  if (apiKeys.length === 0) return (_, next) => next();
  const findKey = createApiKeyFinder(apiKeys);
  return async (c, next) => {
    if (!isOpen(c.req.method, c.req.path)) c.set("apiKey", readApiKey(c, { findKey, log }));
    await next();
  };
}

interface ReadOptions extends Pick<GuardDeps, "log"> {
  findKey: (presented: string) => ApiKey | undefined;
}

function readApiKey(c: ServerContext, { findKey, log }: ReadOptions): ApiKey {
  const presented = parseBearer(c.req.header("authorization"));
  const key = presented === undefined ? undefined : findKey(presented);
  if (key !== undefined) return key;
  const found = presented === undefined ? "no API key was sent" : "the API key that was sent is not a known one";
  log.warn("request refused", { id: c.var.id, method: c.req.method, path: c.req.path, found });
  throw new TermiteError("unauthorized", `Cannot answer the request: ${found}`, { hint: HINT });
}
