// What every answer tells a browser: it is no page, nothing may be loaded by it, nobody may frame it or guess its type.
import type { MiddlewareHandler } from "hono";
import type { ServerEnv } from "../route.ts";

const HEADERS = Object.entries({
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
});

/** A route that sets one of them itself (a page and its policy) is right. */
export function createSecurityHeaders(): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    await next();
    const { headers } = c.res;
    for (const [name, value] of HEADERS) if (!headers.has(name)) headers.set(name, value);
  };
}
