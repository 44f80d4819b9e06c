// Which web pages of other origins may ask. Closed unless the configuration names origins: no header, and OPTIONS is the
// wrong method. Cookies and other credentials of the browser are never let in: a page sends its key itself.
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import type { ServerDeps } from "../deps.ts";
import type { ServerEnv } from "../route.ts";

const PREFLIGHT_SECONDS = 600;

/** Allowed are whatever headers a page asks for: the official clients send several of their own ("x-stainless-lang"). */
export function createCors({ corsOrigins }: Pick<ServerDeps, "corsOrigins">): MiddlewareHandler<ServerEnv> {
  if (corsOrigins.length === 0) return (_, next) => next();
  return cors({
    origin: corsOrigins.includes("*") ? "*" : [...corsOrigins],
    allowMethods: ["GET", "HEAD", "POST"],
    exposeHeaders: ["x-request-id", "retry-after"],
    maxAge: PREFLIGHT_SECONDS,
  });
}
