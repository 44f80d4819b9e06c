// Around every request: its id, the headers that every answer has, and one line in the access log.
import type { MiddlewareHandler } from "hono";
import type { Log, LogFields } from "../log.ts";
import { isDraining } from "./gate.ts";
import type { ServerContext, ServerEnv } from "./route.ts";

const SANE_ID = /^[\x21-\x7e]{1,128}$/;

/** `probes` are the paths that are logged at debug. */
export function createAccessLog(log: Log, probes: ReadonlySet<string>): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    c.set("startedAt", performance.now());
    c.set("id", resolveId(c.req.header("x-request-id")));
    await next();
    c.res.headers.set("x-request-id", c.var.id);
    // A client that keeps its connection would only be refused on it once more.
    if (isDraining(c)) c.res.headers.set("connection", "close");
    log[probes.has(c.req.path) ? "debug" : "info"]("request", createFields(c));
  };
}

function resolveId(sent: string | undefined): string {
  return sent !== undefined && SANE_ID.test(sent) ? sent : crypto.randomUUID();
}

function createFields(c: ServerContext): LogFields {
  const sizeBytes = c.req.header("content-length");
  return {
    method: c.req.method,
    path: c.req.path,
    status: c.res.status,
    ms: Math.round((performance.now() - c.var.startedAt) * 10) / 10,
    id: c.var.id,
    bytesIn: sizeBytes === undefined ? undefined : Number(sizeBytes),
    bytesOut: c.var.answerBytes,
    error: c.var.errorCode,
    key: c.var.apiKey?.name,
    ...c.var.logFields,
  };
}
