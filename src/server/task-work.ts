// What the routes of every task share: read the body, ask the pipeline, note what the access log says.
import type { TaskRequest, TaskResult } from "../pipelines/tasks.ts";
import { raceAbort } from "../race-abort.ts";
import { readJsonBody } from "./body/read-body.ts";
import { checkTextCount } from "./body/texts.ts";
import { checkObject } from "./body/validate.ts";
import type { Body } from "./body/validate.ts";
import type { ServerDeps } from "./deps.ts";
import type { ServerContext } from "./route.ts";

export interface TaskTexts {
  /** "rerank", for messages. */
  verb: string;
  /** The fields that may hold lists of texts. */
  lists: readonly string[];
}

/** The body as an object, with no list of texts longer than the limit; its fields are unchecked. */
export async function readTaskBody(
  c: ServerContext,
  { limits }: Pick<ServerDeps, "limits">,
  { verb, lists }: TaskTexts,
): Promise<Body> {
  const options = { limitBytes: limits.bodyBytes, signal: c.get("signal") };
  const body = checkObject(await readJsonBody(c.req.raw, options));
  for (const param of lists) checkTextCount(body[param], limits.inputs, { param, verb });
  return body;
}

/** The pipeline's result, waited for as long as the client does. */
export async function runTask<T extends Pick<TaskResult, "model"> & Partial<TaskResult>>(
  c: ServerContext,
  inputs: number,
  work: Promise<T>,
): Promise<T> {
  const result = await raceAbort(work, c.get("signal"));
  c.set("workedAt", performance.now());
  c.set("logFields", { model: result.model, inputs, tokens: result.promptTokens });
  return result;
}

/** Who asks, and until when the answer is wanted. */
export function readCaller(c: ServerContext): Pick<TaskRequest, "signal" | "client"> {
  return { signal: c.get("signal"), client: c.get("client") };
}

/** True where a client left the field out: null is how many of them do. */
export function isLeftOut(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}
