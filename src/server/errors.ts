// The one translation of errors into HTTP: status, the shape of the dialect that was spoken, headers, log line.
// No stack, no path of this machine and no text of an unexpected error reaches a client.
import { resolveError, TermiteError, type ErrorCode } from "../errors.ts";
import type { Log } from "../log.ts";
import { UNCUT_HINT } from "../pipelines/inputs/check-lengths.ts";
import { stripFolders } from "../strip-folders.ts";
import type { ServerContext } from "./route.ts";
import type { TeiErrorType } from "./schemas/errors.ts";

export type Dialect = "native" | "openai" | "cohere" | "tei";

const COHERE_PATH = /^\/(v2(\/|$)|v1\/(embed|rerank)$)/;
const OPENAI_PATH = /^\/(v1|openai)(\/|$)/;
const TEI_PATH = /^\/(m\/|(embed|embed_all|embed_sparse|predict|rerank|similarity|tokenize|decode|info|health)$)/;

/**
 * The dialect that speaks at a path: Cohere's (and Jina's) few routes, the rest of `/v1` and `/openai` OpenAI's, those of
 * text-embeddings-inference at the root, where only `POST /` is its own; everything else is native (and Ollama's).
 */
export function resolveDialect(path: string, method = "GET"): Dialect {
  if (COHERE_PATH.test(path)) return "cohere";
  if (OPENAI_PATH.test(path)) return "openai";
  return TEI_PATH.test(path) || (path === "/" && method === "POST") ? "tei" : "native";
}

/** The HTTP status of an error: the one of its code, but for text-embeddings-inference, which has its own for some. */
export function resolveStatus(dialect: Dialect, { code, status }: TermiteError): number {
  return (dialect === "tei" ? TEI_STATUSES[code] : undefined) ?? status;
}

const TEI_STATUSES: Partial<Record<ErrorCode, number>> = {
  invalid_request: 422,
  input_too_long: 413,
  native: 424,
  runner_crashed: 424,
  target_unavailable: 424,
};

/**
 * The body of an error: `{error}`, OpenAI's four fields, all of them always there, Cohere's `{message}`, or
 * text-embeddings-inference's `{error, error_type}`.
 */
export function formatErrorBody(dialect: Dialect, error: TermiteError): object {
  const message = formatMessage(dialect, error);
  switch (dialect) {
    case "native": return { error: message };
    case "cohere": return { message };
    case "tei": return { error: message, error_type: resolveTeiType(error) };
    case "openai": return { error: formatOpenAiError(error, message) };
  }
}

function formatOpenAiError(error: TermiteError, message: string): object {
  const type = error.status === 429 ? "rate_limit_error" : error.status < 500 ? "invalid_request_error" : "server_error";
  return { message, type, param: findParam(error), code: error.code };
}

/** The nearest of its words: it has none for an unknown model or route. */
function resolveTeiType(error: TermiteError): TeiErrorType {
  const status = resolveStatus("tei", error);
  if (error.code === "empty_inputs") return "Empty";
  if (status === 429) return "Overloaded";
  if (status === 503) return "Unhealthy";
  return status === 424 || status >= 500 ? "Backend" : "Validation";
}

/** Answers with the error, and logs it where it is the server's own failure. */
export function answerError(thrown: unknown, c: ServerContext, log: Log): Response {
  const failure = resolveError(thrown);
  const { aborted: hasLeft, reason } = c.req.raw.signal;
  // A failure is the server's own, whether or not the client still waits for the answer.
  if (failure.status === 500 && !(hasLeft && thrown === reason)) logFailure(thrown, failure, c, log);
  const error = hasLeft ? createClientClosed() : failure;
  c.set("errorCode", error.code);
  // 499 is nginx's "client closed request": nobody reads the answer, the status is for the log.
  if (error.code === "client_closed") return new Response(null, { status: error.status });
  const dialect = resolveDialect(c.req.path, c.req.method);
  const body = JSON.stringify(formatErrorBody(dialect, error));
  return new Response(body, { status: resolveStatus(dialect, error), headers: createHeaders(error) });
}

function createClientClosed(): TermiteError {
  return new TermiteError("client_closed", "Cannot answer: the client closed the connection");
}

function createHeaders({ code, details }: TermiteError): Headers {
  const headers = new Headers({ "content-type": "application/json" });
  const seconds = details?.["retryAfterSeconds"];
  if (typeof seconds === "number") headers.set("retry-after", String(Math.max(1, Math.ceil(seconds))));
  if (typeof details?.["allow"] === "string") headers.set("allow", details["allow"]);
  if (code === "unauthorized") headers.set("www-authenticate", "Bearer");
  return headers;
}

function formatMessage(dialect: Dialect, { message, hint, status }: TermiteError): string {
  // Hints of a 5xx are for the operator (files, commands); those of a 4xx help the client.
  if (status >= 500) return stripFolders(message);
  return hint === undefined ? message : `${message} (${resolveHint(dialect, hint)})`;
}

/** Only text-embeddings-inference cuts nothing unless it is asked to. */
function resolveHint(dialect: Dialect, hint: string): string {
  return dialect === "tei" && hint === UNCUT_HINT ? 'Shorten it, or send "truncate": true' : hint;
}

function findParam({ code, details }: TermiteError): string | null {
  if (typeof details?.["param"] === "string") return details["param"];
  if (code === "model_not_found") return "model";
  return code === "dimensions_not_allowed" ? "dimensions" : null;
}

function logFailure(thrown: unknown, error: TermiteError, c: ServerContext, log: Log): void {
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  const stack = error.code === "internal" && thrown instanceof Error ? thrown.stack : undefined;
  const { code, message, hint } = error;
  log.error("request failed", { id: c.var.id, code, message, hint, cause, stack });
}
