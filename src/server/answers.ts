// What the OpenAPI document says of a route's answers: the good one, and each error status that can occur.
import type { Dialect } from "./errors.ts";
import type { Answer, Described } from "./route.ts";
import { ErrorAnswer } from "./schemas/native.ts";
import { OpenAiErrorAnswer } from "./schemas/openai.ts";

/** The statuses with which a work route can fail. */
export const WORK_ERRORS = [400, 404, 413, 500, 503, 504] as const;

type ErrorStatus = (typeof WORK_ERRORS)[number];

const ERROR_SCHEMAS: Record<Dialect, Described> = { native: ErrorAnswer, openai: OpenAiErrorAnswer };

const ERROR_DESCRIPTIONS: Record<ErrorStatus, string> = {
  400: "The request is wrong: the message names each field, what was found and what was expected",
  404: "No such model: the message names the nearest ones",
  413: "The body or one of its texts is over its limit",
  500: "The model is there and cannot load, or the engine failed",
  503: "The server is loading or draining: ask again after `Retry-After` seconds",
  504: "The answer took longer than `request_timeout`",
};

export function describeAnswers(
  dialect: Dialect,
  good: Answer,
  errors: readonly ErrorStatus[],
): Readonly<Record<number, Answer>> {
  const described = errors.map((status) => [
    status,
    { ...ERROR_SCHEMAS[dialect], description: ERROR_DESCRIPTIONS[status] },
  ]);
  return { 200: good, ...Object.fromEntries(described) };
}
