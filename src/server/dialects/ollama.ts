// Ollama's embedding routes: `POST /api/embed` (the native dialect's as well) and the older `POST /api/embeddings`.
// A request without a text is Ollama's way to load a model, and with `keep_alive` 0 to unload it. In `/api/embed` `""` is a text
// (it has special tokens), and a missing `input` needs `keep_alive` beside it: a misspelt field must not look like an answer.
import { parseAccept } from "hono/utils/accept";
import type { EmbedResult, Embedder } from "../../pipelines/embed-request.ts";
import { isRecord } from "../../is-record.ts";
import { raceAbort } from "../../race-abort.ts";
import { WORK_ERRORS, describeAnswers } from "../answers.ts";
import { parseKeepAlive } from "../body/keep-alive.ts";
import { createInvalid, formatFound } from "../body/problems.ts";
import { parseTexts } from "../body/texts.ts";
import { parseFields } from "../body/validate.ts";
import type { Body } from "../body/validate.ts";
import type { ServerDeps } from "../deps.ts";
import { createUnsupported, embedTexts, readEmbedBody } from "../embed-texts.ts";
import { answerBytes, answerVectors } from "../route.ts";
import type { Route, ServerContext } from "../route.ts";
import {
  EmbedAnswer, EmbedBody, EmbedBodySchema, LoadBodySchema, PromptAnswer, PromptBody, PromptBodySchema,
} from "../schemas/ollama.ts";
import { isLeftOut } from "../task-work.ts";
import { formatBinary } from "../vectors.ts";

const JSON_RANGES = ["application/json", "application/*", "*/*"];
const NS_PER_MS = 1e6;
const BINARY_FORM = "little-endian u64 count; if it is not 0, u64 dimensions and count times as many float32";

export function createOllamaRoutes(deps: ServerDeps): Route[] {
  const vectors = { ...EmbedAnswer, description: "A vector a text, in order", binary: BINARY_FORM };
  const vector = { ...PromptAnswer, description: "The text's vector" };
  return [
    {
      method: "POST",
      path: "/api/embed",
      isWork: true,
      doc: {
        summary: "Vectors of one text or several",
        request: EmbedBody,
        answers: describeAnswers("native", vectors, WORK_ERRORS),
      },
      handle: (c) => answerEmbed(c, deps),
    },
    {
      method: "POST",
      path: "/api/embeddings",
      isWork: true,
      doc: {
        summary: "The vector of one text, in Ollama's older shape",
        request: PromptBody,
        answers: describeAnswers("native", vector, WORK_ERRORS),
      },
      handle: (c) => answerPrompt(c, deps),
    },
  ];
}

async function answerEmbed(c: ServerContext, deps: ServerDeps): Promise<Response> {
  const body = await readEmbedBody(c, deps);
  checkOptions(body);
  const isLoad = isAbsent(body["input"]) && !isLeftOut(body["keep_alive"]);
  if (isLoad) return answerResult(c, await loadModel(c, deps, body));
  const { model, input, truncate, dimensions, keep_alive: keepAlive } = parseFields(EmbedBodySchema, body);
  const result = await embedTexts(c, deps, {
    model,
    texts: parseTexts(input, deps.limits.textBytes),
    truncate: truncate ?? true,
    dimensions: dimensions ?? undefined,
    keepAliveMs: parseKeepAlive(keepAlive),
  });
  return answerResult(c, result);
}

async function answerPrompt(c: ServerContext, deps: ServerDeps): Promise<Response> {
  const body = await readEmbedBody(c, deps);
  checkOptions(body);
  const isLoad = isLeftOut(body["prompt"]) || body["prompt"] === "";
  const { vectors } = isLoad ? await loadModel(c, deps, body) : await embedPrompt(c, deps, body);
  return answerVectors(c, { embedding: vectors[0] ?? [] });
}

async function embedPrompt(c: ServerContext, deps: ServerDeps, body: Body): Promise<EmbedResult> {
  const { model, prompt, keep_alive: keepAlive } = parseFields(PromptBodySchema, body);
  const [text = ""] = parseTexts(prompt, deps.limits.textBytes, { param: "prompt" });
  return await embedTexts(c, deps, { model, texts: [text], truncate: true, keepAliveMs: parseKeepAlive(keepAlive) });
}

/** Loads or unloads the model; a result without vectors. */
async function loadModel(c: ServerContext, { embedder }: ServerDeps, body: Body): Promise<EmbedResult> {
  const { model, keep_alive: keepAlive } = parseFields(LoadBodySchema, body);
  const signal = c.get("signal");
  const keepAliveMs = parseKeepAlive(keepAlive);
  const loading = keepAliveMs === 0 ? unloadModel(embedder, model) : embedder.preload(model, { signal, keepAliveMs });
  const loaded = await raceAbort(loading, signal);
  c.set("logFields", { model: loaded.model, inputs: 0 });
  return { ...loaded, vectors: [], promptTokens: 0 };
}

async function unloadModel(embedder: Pick<Embedder, "unload">, model: string) {
  return { model: await embedder.unload(model), loadNs: 0 };
}

function answerResult(c: ServerContext, result: EmbedResult): Response | Promise<Response> {
  if (isBinaryWanted(c.req.header("accept"))) return answerBytes(c, formatBinary(result.vectors));
  return answerVectors(c, {
    model: result.model,
    embeddings: result.vectors,
    total_duration: Math.round((performance.now() - c.get("startedAt")) * NS_PER_MS),
    load_duration: Math.round(result.loadNs),
    prompt_eval_count: result.promptTokens,
  });
}

/** Only where bytes are named and nothing makes JSON as welcome. Sample: "application/octet-stream;q=0.9, application/json;q=0.1". */
function isBinaryWanted(accept = ""): boolean {
  const ranges = parseAccept(accept).map(({ type, q }) => ({ type: type.toLowerCase(), q }));
  const bytes = ranges.find(({ type }) => type === "application/octet-stream")?.q ?? 0;
  // RFC 9110, 12.5.1: the most specific range counts.
  const json = JSON_RANGES.map((range) => ranges.find(({ type }) => type === range)?.q).find((q) => q !== undefined) ?? 0;
  return bytes > json;
}

function isAbsent(input: unknown): boolean {
  return isLeftOut(input) || (Array.isArray(input) && input.length === 0);
}

/**
 * What Ollama's clients can send and this server does not do. They send their other `options` with every request whether
 * or not these mean anything to an embedding ("temperature"): those are ignored, as Ollama ignores them.
 */
function checkOptions({ options }: Body): void {
  // valibot takes a list for an object.
  if (Array.isArray(options)) throw createInvalid([{ path: ["options"], found: formatFound(options), expected: "an object" }]);
  const contextLength = isRecord(options) ? options["num_ctx"] : undefined;
  if (isLeftOut(contextLength)) return;
  throw createUnsupported("options.num_ctx", "a model's limit is the one of its own files");
}
