// What the embedding routes of all dialects share: read the body, ask the pipeline, note what the access log says.
import { TermiteError } from "../errors.ts";
import type { EmbedRequest, EmbedResult } from "../pipelines/embed-request.ts";
import { raceAbort } from "../race-abort.ts";
import type { ServerDeps } from "./deps.ts";
import type { ServerContext } from "./route.ts";
import { isLeftOut, readCaller, readTaskBody } from "./task-work.ts";
import type { Body } from "./body/validate.ts";

/** The body of an embedding request as an object, with no more `input` than the limit; its fields are unchecked. */
export async function readEmbedBody(c: ServerContext, deps: ServerDeps): Promise<Body> {
  return await readTaskBody(c, deps, { verb: "embed", lists: ["input"] });
}

export async function embedTexts(
  c: ServerContext,
  { embedder }: ServerDeps,
  request: Omit<EmbedRequest, "signal">,
): Promise<EmbedResult> {
  const result = await raceAbort(embedder.embed({ ...request, ...readCaller(c) }), c.get("signal"));
  c.set("workedAt", performance.now());
  const { length: inputs } = request.tokenIds ?? request.texts;
  c.set("logFields", { model: result.model, inputs, tokens: result.promptTokens });
  return result;
}

/** A field that clients know and this server does not obey is refused by name: ignoring it would be a silent mix-up. */
export function createUnsupported(param: string, found: string): TermiteError {
  return new TermiteError("unsupported_field", `Cannot obey "${param}": ${found}`, { details: { param } });
}

/** `reasons` by field, for those that would change an answer; null and false are how clients do without one. */
export function checkUnsupported(body: Body, reasons: Readonly<Record<string, string>>): void {
  for (const [param, reason] of Object.entries(reasons)) {
    if (!isLeftOut(body[param]) && body[param] !== false) throw createUnsupported(param, reason);
  }
}
