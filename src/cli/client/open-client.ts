// The server that runs, for commands that ask one. It is found where the same configuration has a server listen.
import type { GenericSchema } from "valibot";
import * as v from "valibot";
import type { Config } from "../../config/config.ts";
import { resolvePort } from "../../config/listen-address.ts";
import { findErrorCode, TermiteError } from "../../errors.ts";
import type { ErrorCode } from "../../errors.ts";
import { isRecord } from "../../is-record.ts";
import { resolveHost } from "../../loopback.ts";
import type { FlagTable, Invocation } from "../command.ts";
import { openContext } from "../context.ts";
import { readFlagText } from "../flag-values.ts";
import { LoadedSchema } from "./loaded-table.ts";
import type { LoadedAnswer } from "./loaded-table.ts";

export interface ServerClient {
  /** As the command's own flags, environment and file say it; the server's may be another. */
  config: Config;
  /** What the server answers. A refusal is thrown in the server's own words. */
  ask<T>(question: Question, schema: GenericSchema<unknown, T>): Promise<T>;
}

export interface Question {
  path: string;
  /** As JSON, with POST; absent: GET. */
  body?: object;
  signal: AbortSignal;
}

/** Of every command that asks a server. */
export const CLIENT_FLAGS: FlagTable = {
  "api-key": {
    type: "string",
    description: "a key of the server, where it has api_keys; better as TERMITE_API_KEY, which no list of processes shows",
    valueHint: "key",
  },
};

/** Nothing is asked yet. Throws for a configuration that cannot be read. */
export async function openClient(invocation: Invocation): Promise<ServerClient> {
  // Of a public address it is asked here, and not listened on.
  const flags = { ...invocation.flags, "allow-unauthenticated": true };
  const { loaded: { config }, environment } = await openContext({ ...invocation, flags }, { quiet: true });
  const address = resolveAddress(config.apiUrl);
  const key = readFlagText(invocation, "api-key") ?? environment["TERMITE_API_KEY"];
  const authorization: Record<string, string> = key === undefined || key === "" ? {} : { authorization: `Bearer ${key}` };
  return {
    config,
    ask: async (question, schema) => parseAnswer(address, await sendQuestion(address, question, authorization), schema),
  };
}

export function askLoaded(client: ServerClient, signal: AbortSignal): Promise<LoadedAnswer> {
  return client.ask({ path: "/api/ps", signal }, LoadedSchema);
}

/** A server that listens on every address is asked on this machine's own. Port 0 is one that only its log tells. */
export function resolveAddress(apiUrl: URL): string {
  const port = resolvePort(apiUrl);
  const host = resolveHost(apiUrl);
  if (port === 0) {
    throw new TermiteError("usage", `Cannot ask the server at "${apiUrl.origin}": port 0 says not which`, {
      hint: "Give its address with --api-url, as its log line \"listening\" tells it",
    });
  }
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${reached.includes(":") ? `[${reached}]` : reached}:${port}`;
}

interface RawAnswer {
  status: number;
  text: string;
}

async function sendQuestion(
  address: string,
  { path, body, signal }: Question,
  authorization: Readonly<Record<string, string>>,
): Promise<RawAnswer> {
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  try {
    const headers = { ...authorization, "content-type": "application/json" };
    // Not through a proxy of the environment: it is this machine or one nearby.
    const response = await fetch(`${address}${path}`, { ...sent, headers, signal, redirect: "manual", proxy: "" });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    signal.throwIfAborted();
    throw createUnreachable(address, `the connection failed (${findErrorCode(error) ?? "no answer"})`, error);
  }
}

function createUnreachable(address: string, found: string, cause?: unknown): TermiteError {
  return new TermiteError("server_unavailable", `Cannot ask the server at "${address}": ${found}`, {
    hint: 'Start one with "termite serve", or name the one that runs with --api-url URL',
    cause,
  });
}

function parseAnswer<T>(address: string, { status, text }: RawAnswer, schema: GenericSchema<unknown, T>): T {
  const answer = parseJson(text);
  if (status !== 200) throw createRefusal(address, status, answer);
  const parsed = v.safeParse(schema, answer);
  if (!parsed.success) throw createUnreachable(address, "what answers there is no termite of this version");
  return parsed.output;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Codes whose words the server has found; of other statuses the words alone are worth something. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  400: "invalid_request",
  401: "unauthorized",
  403: "forbidden",
  404: "model_not_found",
  429: "overloaded",
  503: "loading",
  504: "deadline_exceeded",
};

const KEY_HINT = "Give a key with TERMITE_API_KEY or --api-key";

/** Sample: `{"error": "Cannot find model …"}`, in OpenAI's routes `{"error": {"message": …}}`. */
function createRefusal(address: string, status: number, answer: unknown): TermiteError {
  const error = isRecord(answer) ? answer["error"] : undefined;
  const message = isRecord(error) ? error["message"] : error;
  if (typeof message !== "string") return createUnreachable(address, `it answered ${status}, and no termite answers so`);
  const hint = status === 401 || status === 403 ? KEY_HINT : undefined;
  return new TermiteError(CODES[status] ?? "model_load_failed", message, { hint });
}
