// Around every request: its id, the headers that every answer has, what metrics say of it, and one line in the access log.
import type { MiddlewareHandler } from "hono";
import type { Log, LogFields } from "../log.ts";
import { NO_METRICS, type Metrics, type RequestFacts } from "../metrics.ts";
import { isDraining } from "./gate.ts";
import type { ServerContext, ServerEnv } from "./route.ts";

const SANE_ID = /^[\x21-\x7e]{1,128}$/;

export interface AccessLogOptions {
  log: Log;
  /** Paths that are logged at debug. */
  probes: ReadonlySet<string>;
  /** False: no lines. Failures of the server's own have theirs all the same. */
  hasAccessLog?: boolean;
  metrics?: Metrics;
}

export function createAccessLog({
  log,
  probes,
  hasAccessLog = true,
  metrics = NO_METRICS,
}: AccessLogOptions): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    c.set("startedAt", performance.now());
    c.set("id", resolveId(c.req.header("x-request-id")));
    metrics.noteRequestStarted();
    await next();
    metrics.noteRequestEnded(createFacts(c));
    c.res.headers.set("x-request-id", c.get("id"));
    // A client that keeps its connection would only be refused on it once more.
    if (isDraining(c)) c.res.headers.set("connection", "close");
    if (hasAccessLog) log[probes.has(c.req.path) ? "debug" : "info"]("request", createFields(c));
  };
}

function resolveId(sent: string | undefined): string {
  return sent !== undefined && SANE_ID.test(sent) ? sent : crypto.randomUUID();
}

function createFacts(c: ServerContext): RequestFacts {
  const seconds = (performance.now() - c.get("startedAt")) / 1000;
  const serializeMs = c.get("serializeMs");
  const facts = { route: c.get("route") ?? "none", status: c.res.status, seconds, error: c.get("errorCode") };
  return serializeMs === undefined ? facts : { ...facts, serializeSeconds: serializeMs / 1000 };
}

function createFields(c: ServerContext): LogFields {
  const sizeBytes = c.req.header("content-length");
  return {
    method: c.req.method,
    path: c.req.path,
    status: c.res.status,
    ms: Math.round((performance.now() - c.get("startedAt")) * 10) / 10,
    id: c.get("id"),
    bytesIn: sizeBytes === undefined ? undefined : Number(sizeBytes),
    bytesOut: c.get("answerBytes"),
    error: c.get("errorCode"),
    key: c.get("apiKey")?.name,
    client: c.get("apiKey") === undefined ? c.get("client") : undefined,
    ...c.get("logFields"),
  };
}
