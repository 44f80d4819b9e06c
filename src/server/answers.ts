// What the OpenAPI document says of a route's answers: the good one, and each error status that can occur.
import type { Dialect } from "./errors.ts";
import type { Answer, Described } from "./route.ts";
import { CohereErrorAnswer, TeiErrorAnswer } from "./schemas/errors.ts";
import { ErrorAnswer } from "./schemas/native.ts";
import { OpenAiErrorAnswer } from "./schemas/openai.ts";

/** The statuses with which a work route can fail. */
export const WORK_ERRORS = [400, 404, 413, 429, 500, 503, 504] as const;

/** The same in text-embeddings-inference's dialect, which has statuses of its own for a bad body and a failed engine. */
export const TEI_WORK_ERRORS = [400, 404, 413, 422, 424, 429, 500, 503, 504] as const;

/** What else can happen where keys are asked for. */
export const KEY_ERRORS = [401, 403] as const;

export type ErrorStatus = (typeof WORK_ERRORS | typeof TEI_WORK_ERRORS | typeof KEY_ERRORS)[number];

const ERROR_SCHEMAS: Record<Dialect, Described> = {
  native: ErrorAnswer,
  openai: OpenAiErrorAnswer,
  cohere: CohereErrorAnswer,
  tei: TeiErrorAnswer,
};

const ERROR_DESCRIPTIONS: Record<ErrorStatus, string> = {
  400: "The request is wrong: the message names each field, what was found and what was expected",
  401: "No API key was sent, or not a known one",
  403: "The API key is not for this task or this model",
  404: "No such model: the message names the nearest ones",
  413: "The body or one of its texts is over its limit",
  422: "The body is not JSON, or one of its fields is wrong: the message names each",
  424: "The engine failed",
  429: "Too much is waiting: ask again after `Retry-After` seconds",
  500: "The model is there and cannot load, or the engine failed",
  503: "The server is loading or draining: ask again after `Retry-After` seconds",
  504: "The answer took longer than `request_timeout`",
};

export function describeAnswers(
  dialect: Dialect,
  good: Answer,
  errors: readonly ErrorStatus[],
): Readonly<Record<number, Answer>> {
  return { 200: good, ...describeErrors(dialect, errors) };
}

export function describeErrors(dialect: Dialect, errors: readonly ErrorStatus[]): Readonly<Record<number, Answer>> {
  const described = errors.map((status) => [
    status,
    { ...ERROR_SCHEMAS[dialect], description: ERROR_DESCRIPTIONS[status] },
  ]);
  return Object.fromEntries(described);
}
