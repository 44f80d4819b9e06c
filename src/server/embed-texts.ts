// What the embedding routes of all dialects share: read the body, ask the pipeline, note what the access log says.
import { TermiteError } from "../errors.ts";
import type { EmbedRequest, EmbedResult } from "../pipelines/embed-request.ts";
import { raceAbort } from "../race-abort.ts";
import type { ServerDeps } from "./deps.ts";
import { readJsonBody } from "./body/read-body.ts";
import type { ServerContext } from "./route.ts";
import { checkTextCount } from "./body/texts.ts";
import { checkObject } from "./body/validate.ts";
import type { Body } from "./body/validate.ts";

/** The body of an embedding request as an object, with no more `input` than the limit; its fields are unchecked. */
export async function readEmbedBody(c: ServerContext, { limits }: ServerDeps): Promise<Body> {
  const options = { limitBytes: limits.bodyBytes, signal: c.var.signal };
  const body = checkObject(await readJsonBody(c.req.raw, options));
  checkTextCount(body["input"], limits.inputs);
  return body;
}

export async function embedTexts(
  c: ServerContext,
  { embedder }: ServerDeps,
  request: Omit<EmbedRequest, "signal">,
): Promise<EmbedResult> {
  const result = await raceAbort(embedder.embed({ ...request, signal: c.var.signal }), c.var.signal);
  c.set("logFields", { model: result.model, inputs: request.texts.length, tokens: result.promptTokens });
  return result;
}

/** A field that clients know and this server does not obey is refused by name: ignoring it would be a silent mix-up. */
export function createUnsupported(param: string, found: string): TermiteError {
  return new TermiteError("unsupported_field", `Cannot obey "${param}": ${found}`, { details: { param } });
}
