// `POST /api/chunk`: a text in pieces, in the Go termite's shape. The words "fixed" and "sentence" stand where it has the
// name of a chunking model; any other name is of the model whose tokens are counted.
import { isRecord } from "../../is-record.ts";
import type { Chunk, ChunkRequest } from "../../pipelines/tasks.ts";
import { WORK_ERRORS, describeAnswers } from "../answers.ts";
import { createInvalid, formatFound } from "../body/problems.ts";
import { parseTexts } from "../body/texts.ts";
import { parseFields } from "../body/validate.ts";
import type { Body } from "../body/validate.ts";
import type { ServerDeps } from "../deps.ts";
import { createUnsupported } from "../embed-texts.ts";
import { answerJson } from "../route.ts";
import type { Route, ServerContext } from "../route.ts";
import { ChunkAnswer, ChunkBody, ChunkBodySchema } from "../schemas/chunk.ts";
import { isLeftOut, readTaskBody, runTask } from "../task-work.ts";

const MAX_DEFAULT_OVERLAP = 50;

export function createChunkRoute(deps: ServerDeps): Route {
  const chunks = { ...ChunkAnswer, description: "The pieces, in order" };
  return {
    method: "POST",
    path: "/api/chunk",
    isWork: true,
    doc: {
      summary: "A text in pieces of about as many tokens",
      request: ChunkBody,
      answers: describeAnswers("native", chunks, WORK_ERRORS),
    },
    handle: (c) => answerChunks(c, deps),
  };
}

async function answerChunks(c: ServerContext, deps: ServerDeps): Promise<Response> {
  const body = await readTaskBody(c, deps, { verb: "chunk", lists: [] });
  checkConfig(body["config"]);
  const { input, config } = parseFields(ChunkBodySchema, { ...body, input: findInput(body) });
  const sent = typeof input === "string" ? input : input.text;
  const [text = ""] = parseTexts(sent, deps.limits.textBytes, { param: "input", verb: "chunk" });
  const { model: name, target_tokens: targetTokens, overlap_tokens: overlap, separator, max_chunks: maxChunks } = config;
  const overlapTokens = resolveOverlap(overlap, targetTokens);
  const options = { targetTokens, overlapTokens, separator, maxChunks, signal: c.var.signal };
  const { chunks, model } = await runTask(c, 1, deps.tasks.chunk({ text, ...resolveMethod(name, deps), ...options }));
  return answerJson(c, { chunks: chunks.map(formatChunk), model: isMethod(name) ? name : model, cache_hit: false });
}

/** To a schema a list is an object as well. */
function checkConfig(config: unknown): void {
  if (!Array.isArray(config)) return;
  throw createInvalid([{ path: ["config"], found: formatFound(config), expected: "an object" }]);
}

/** `text` is the Go termite's older name; a part that is not text is a known thing that cannot be done. */
function findInput({ input, text }: Body): unknown {
  if (isRecord(input) && input["type"] === "media") {
    throw createUnsupported("input", "found media, only text is supported");
  }
  return isLeftOut(input) && !isLeftOut(text) ? text : input;
}

function isMethod(name: string): name is ChunkRequest["method"] {
  return name === "fixed" || name === "sentence";
}

function resolveMethod(name: string, { defaultModel }: ServerDeps): Pick<ChunkRequest, "method" | "model"> {
  if (!isMethod(name)) return { method: "fixed", model: name };
  const model = defaultModel("embed");
  if (model !== undefined) return { method: name, model };
  const expected = "the name of a model, as there is no default one";
  throw createInvalid([{ path: ["config", "model"], found: formatFound(name), expected }]);
}

/** How long it may be is the pipeline's rule. The default is a tenth of the target, which is 50 of 500 as the Go termite has it. */
function resolveOverlap(overlap: number | null | undefined, targetTokens: number): number {
  if (isLeftOut(overlap)) return Math.min(MAX_DEFAULT_OVERLAP, Math.floor(targetTokens / 10));
  return overlap;
}

function formatChunk({ id, text, startChar, endChar }: Chunk): object {
  return { id, text, start_char: startChar, end_char: endChar, mime_type: "text/plain" };
}
