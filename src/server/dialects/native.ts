// The native dialect, which is Ollama's where Ollama has the route: `POST /api/embed`, `GET /api/version`.
import { WORK_ERRORS, describeAnswers } from "../answers.ts";
import type { ServerDeps } from "../deps.ts";
import { createUnsupported, embedTexts, readEmbedBody } from "../embed-texts.ts";
import { answerJson } from "../route.ts";
import type { Route, ServerContext } from "../route.ts";
import { EmbedAnswer, EmbedBody, EmbedBodySchema, VersionAnswer } from "../schemas/native.ts";
import { parseTexts } from "../body/texts.ts";
import { isRecord, parseFields } from "../body/validate.ts";
import type { Body } from "../body/validate.ts";
import { shortenFloats } from "../vectors.ts";

const NS_PER_MS = 1e6;

export function createNativeRoutes(deps: ServerDeps): Route[] {
  return [
    {
      method: "POST",
      path: "/api/embed",
      isWork: true,
      doc: {
        summary: "Vectors of one text or several",
        request: EmbedBody,
        answers: describeAnswers("native", { ...EmbedAnswer, description: "A vector a text, in order" }, WORK_ERRORS),
      },
      handle: (c) => answerEmbed(c, deps),
    },
    {
      method: "GET",
      path: "/api/version",
      doc: {
        summary: "Version of the server",
        answers: describeAnswers("native", { ...VersionAnswer, description: "The version" }, []),
      },
      handle: (c) => answerJson(c, { version: deps.version.version }),
    },
  ];
}

async function answerEmbed(c: ServerContext, deps: ServerDeps): Promise<Response> {
  const body = await readEmbedBody(c, deps);
  checkObeyed(body);
  const { model, input, truncate, dimensions } = parseFields(EmbedBodySchema, body);
  const result = await embedTexts(c, deps, {
    model,
    texts: parseTexts(input, deps.limits.textBytes),
    truncate: truncate ?? true,
    dimensions: dimensions ?? undefined,
  });
  return answerJson(c, {
    model: result.model,
    embeddings: result.vectors.map(shortenFloats),
    total_duration: Math.round((performance.now() - c.var.startedAt) * NS_PER_MS),
    load_duration: Math.round(result.loadNs),
    prompt_eval_count: result.promptTokens,
  });
}

/** What Ollama's clients can send and this server does not do yet. Null is how they leave a field out. */
function checkObeyed(body: Body): void {
  const { keep_alive: keepAlive, options } = body;
  if (keepAlive !== undefined && keepAlive !== null) {
    throw createUnsupported("keep_alive", "models stay loaded for as long as the server runs");
  }
  const contextLength = isRecord(options) ? options["num_ctx"] : undefined;
  if (contextLength !== undefined && contextLength !== null) {
    throw createUnsupported("options.num_ctx", "a model's limit is the one of its own files");
  }
}
