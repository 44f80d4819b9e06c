// The one translation of errors into HTTP: status, the shape of the dialect that was spoken, headers, log line.
// No stack, no path of this machine and no text of an unexpected error reaches a client.
import { resolveError, TermiteError } from "../errors.ts";
import type { Log } from "../log.ts";
import { stripFolders } from "../strip-folders.ts";
import type { ServerContext } from "./route.ts";

export type Dialect = "native" | "openai";

/** The dialect that speaks at a path: `/v1` and `/openai` are OpenAI's, everything else is native (and Ollama's). */
export function resolveDialect(path: string): Dialect {
  return /^\/(v1|openai)(\/|$)/.test(path) ? "openai" : "native";
}

/** The body of an error: `{error}`, or OpenAI's four fields, all of them always there. */
export function formatErrorBody(dialect: Dialect, error: TermiteError): object {
  const message = formatMessage(error);
  if (dialect === "native") return { error: message };
  const type = error.status < 500 ? "invalid_request_error" : "server_error";
  return { error: { message, type, param: findParam(error), code: error.code } };
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
  const body = JSON.stringify(formatErrorBody(resolveDialect(c.req.path), error));
  return new Response(body, { status: error.status, headers: createHeaders(error) });
}

function createClientClosed(): TermiteError {
  return new TermiteError("client_closed", "Cannot answer: the client closed the connection");
}

function createHeaders({ details }: TermiteError): Headers {
  const headers = new Headers({ "content-type": "application/json" });
  const seconds = details?.["retryAfterSeconds"];
  if (typeof seconds === "number") headers.set("retry-after", String(Math.max(1, Math.ceil(seconds))));
  if (typeof details?.["allow"] === "string") headers.set("allow", details["allow"]);
  return headers;
}

function formatMessage({ message, hint, status }: TermiteError): string {
  // Hints of a 5xx are for the operator (files, commands); those of a 4xx help the client.
  if (status >= 500) return stripFolders(message);
  return hint === undefined ? message : `${message} (${hint})`;
}

function findParam({ code, details }: TermiteError): string | null {
  if (typeof details?.["param"] === "string") return details["param"];
  if (code === "model_not_found") return "model";
  return code === "dimensions_not_allowed" ? "dimensions" : null;
}

function logFailure(thrown: unknown, error: TermiteError, c: ServerContext, log: Log): void {
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  const stack = error.code === "internal" && thrown instanceof Error ? thrown.stack : undefined;
  log.error("request failed", { id: c.var.id, code: error.code, message: error.message, cause, stack });
}
