// `POST /v1/embeddings`: OpenAI's, and Jina's, which has the same path and more fields. Texts, or token ids instead.
import type * as v from "valibot";
import { applyNormalize } from "../../heads/normalize.ts";
import type { EmbedRequest, EmbedResult } from "../../pipelines/embed-request.ts";
import { checkTextCount, parseTexts } from "../body/texts.ts";
import { parseFields } from "../body/validate.ts";
import type { Body } from "../body/validate.ts";
import type { ServerDeps } from "../deps.ts";
import { checkUnsupported, embedTexts } from "../embed-texts.ts";
import { findPromptName } from "../prompt-names.ts";
import type { TextUse } from "../prompt-names.ts";
import { quantizeBinary, quantizeUbinary } from "../quantize.ts";
import { answerVectors } from "../route.ts";
import type { ServerContext } from "../route.ts";
import { IdEmbeddingsBodySchema, TextEmbeddingsBodySchema } from "../schemas/openai.ts";
import type { JINA_TASKS } from "../schemas/openai.ts";
import { hasTokenIds } from "../token-ids.ts";
import type { TokenIdReader } from "../token-ids.ts";
import { isLeftOut, readTaskBody } from "../task-work.ts";
import { bytesOf } from "../vectors.ts";

type Fields = v.InferOutput<typeof IdEmbeddingsBodySchema>;

const USES: Record<(typeof JINA_TASKS)[number], TextUse> = {
  "retrieval.query": "query",
  "retrieval.passage": "document",
  "classification": "classification",
  "separation": "clustering",
  "text-matching": "similarity",
};

/** As `formatAnswer` takes them. */
const FORMATS: Record<NonNullable<Fields["embedding_type"]>, (vector: Float32Array) => Float32Array | Uint8Array | number[]> = {
  float: (vector) => vector,
  base64: bytesOf,
  binary: quantizeBinary,
  ubinary: quantizeUbinary,
};

/** What changes an answer and is not obeyed. */
const UNSUPPORTED = {
  late_chunking: "each text is embedded by itself",
  return_multivector: "a text gets one vector",
} as const;

export async function answerEmbeddings(
  c: ServerContext,
  deps: ServerDeps,
  readTokenIds: TokenIdReader,
): Promise<Response> {
  const body = await readTaskBody(c, deps, { verb: "embed", lists: [] });
  checkUnsupported(body, UNSUPPORTED);
  const { fields, ...input } = await readInput(body, deps, readTokenIds);
  const { model, truncate, dimensions } = fields;
  const prompt = await findPrompt(fields, deps);
  const result = await embedTexts(c, deps, { model, ...input, truncate, dimensions: dimensions ?? undefined, prompt });
  return await answerVectors(c, formatEmbeddings(result, fields));
}

type Input = Pick<EmbedRequest, "texts" | "tokenIds">;

async function readInput(
  body: Body,
  { limits }: ServerDeps,
  readTokenIds: TokenIdReader,
): Promise<Input & { fields: Fields }> {
  const { input: sent } = body;
  if (hasTokenIds(sent)) {
    const fields = parseFields(IdEmbeddingsBodySchema, body);
    return { fields, ...(await readTokenIds(sent)) };
  }
  checkTextCount(sent, limits.inputs);
  const { input, ...fields } = parseFields(TextEmbeddingsBodySchema, body);
  return { fields, texts: parseTexts(input, limits.textBytes) };
}

/** A model without a prompt for the task gets its default one. */
async function findPrompt({ task, model }: Fields, { models }: ServerDeps): Promise<string | undefined> {
  if (isLeftOut(task)) return undefined;
  return findPromptName((await models.resolve(model)).prompts, USES[task]);
}

function formatEmbeddings({ model, vectors, promptTokens }: EmbedResult, fields: Fields): object {
  const { embedding_type: type, encoding_format: encoding, normalized: isNormalized } = fields;
  const format = FORMATS[type ?? encoding];
  const data = vectors.map((vector, index) => ({
    object: "embedding",
    index,
    embedding: format(isNormalized ? applyNormalize(vector.slice()) : vector),
  }));
  return { object: "list", data, model, usage: { prompt_tokens: promptTokens, total_tokens: promptTokens } };
}
