// A route as plain data: what the router serves and what the OpenAPI document says come from the same table.
import type { Context, Handler } from "hono";
import type { GenericSchema } from "valibot";
import type { LogFields } from "../log.ts";
import { formatAnswer } from "./json-text.ts";
import type { ApiKey } from "./security/api-key.ts";

/** What `listen` tells the app about the socket side; nothing of it is there under `app.request`. */
export interface ConnectionState {
  /** True once the server was told to stop. */
  isDraining?: () => boolean;
  /** The address of the other end; `undefined` when it has gone. */
  findAddress?: () => string | undefined;
}

export interface ServerEnv {
  Bindings: ConnectionState;
  Variables: {
    /** The request's id, the client's own where it sent a sane one. */
    id: string;
    /** `performance.now()` when the request came in. */
    startedAt: number;
    /** The path as the route table has it; unset where there is no such route. */
    route: string | undefined;
    /** Who asks, as far as it is known; set where there is work. */
    client: string | undefined;
    /** Aborts when the client leaves or the deadline passes; set where there is a body. */
    signal: AbortSignal;
    /** What the access log says of the work: model, inputs, tokens. */
    logFields: LogFields;
    /** `performance.now()` when the pipeline had its result: what comes after it is serialization. */
    workedAt: number | undefined;
    /** The milliseconds from then until there was a body. */
    serializeMs: number | undefined;
    /** Size of the answer's body. */
    answerBytes: number;
    /** The key that was presented, where keys are asked for. */
    apiKey: ApiKey | undefined;
    /** The error that became the answer, for the access log. */
    errorCode: string;
  };
}

/** Its variables are read with `get`: hono makes an object of all of them for each look at `var`. */
export type ServerContext = Context<ServerEnv>;

/** A schema with a name in the document's components, and one value that satisfies it. */
export interface Described {
  name: string;
  schema: GenericSchema;
  /** Of JSON Schema, for the document: see `schemas/rules.ts`. */
  rules?: Readonly<Record<string, unknown>>;
  example: unknown;
}

export interface Answer extends Described {
  description: string;
  /** Default: "application/json". */
  mediaType?: "text/plain" | "text/html";
  /** What the same answer holds as bytes, where a client asks for those with `Accept: application/octet-stream`. */
  binary?: string;
}

export interface RouteDoc {
  summary: string;
  /** An example of each `{name}` in the path. */
  parameters?: Readonly<Record<string, string>>;
  request?: Described;
  /** By status. */
  answers: Readonly<Record<number, Answer>>;
}

export interface Route {
  method: "GET" | "POST";
  /** As OpenAPI writes it; `{id}` is the rest of the path, slashes included. */
  path: string;
  /** Work is refused while the server loads or drains. */
  isWork?: boolean;
  /** Asked every few seconds by a machine: logged at debug. */
  isProbe?: boolean;
  doc: RouteDoc;
  handle: Handler<ServerEnv>;
}

/** JSON with the size noted for the access log. */
export function answerJson(c: ServerContext, value: unknown, status: 200 | 503 = 200): Response {
  const text = JSON.stringify(value);
  noteBody(c, Buffer.byteLength(text));
  return c.body(text, status, { "content-type": "application/json" });
}

/** The same of a value with vectors in it, as `formatAnswer` takes them. */
export async function answerVectors(c: ServerContext, value: unknown): Promise<Response> {
  return answerText(c, await formatAnswer(value, c.get("signal")), "application/json");
}

/** A line as it is, with the size noted for the access log. */
export function answerText(c: ServerContext, text: string, type = "text/plain; charset=utf-8"): Response {
  noteBody(c, Buffer.byteLength(text));
  return c.body(text, 200, { "content-type": type });
}

/** Bytes as they are, with the size noted for the access log. */
export function answerBytes(c: ServerContext, bytes: Uint8Array<ArrayBuffer>): Response {
  noteBody(c, bytes.length);
  return c.body(bytes, 200, { "content-type": "application/octet-stream" });
}

function noteBody(c: ServerContext, sizeBytes: number): void {
  c.set("answerBytes", sizeBytes);
  const workedAt = c.get("workedAt");
  if (workedAt !== undefined) c.set("serializeMs", performance.now() - workedAt);
}
