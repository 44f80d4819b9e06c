// `POST /v1/embed` and `/v2/embed` of Cohere: vectors in the types that were asked for.
import type * as v from "valibot";
import type { ModelManifest } from "../../models/manifest.ts";
import type { EmbedRequest, EmbedResult } from "../../pipelines/embed-request.ts";
import { WORK_ERRORS, describeAnswers } from "../answers.ts";
import { createInvalid } from "../body/problems.ts";
import { parseTexts } from "../body/texts.ts";
import { parseFields } from "../body/validate.ts";
import { COHERE_VERSIONS, checkTokenLimit, createMeta, resolveModel } from "../cohere-request.ts";
import type { CohereVersion } from "../cohere-request.ts";
import type { ServerDeps } from "../deps.ts";
import { checkUnsupported, createUnsupported, embedTexts } from "../embed-texts.ts";
import { findPromptName } from "../prompt-names.ts";
import type { TextUse } from "../prompt-names.ts";
import { quantizeBinary, quantizeInt8, quantizeUbinary, quantizeUint8 } from "../quantize.ts";
import { answerVectors } from "../route.ts";
import type { Route, ServerContext } from "../route.ts";
import { EmbedAnswer, EmbedBody, EmbedBodySchema, EmbedV1Answer } from "../schemas/cohere.ts";
import type { EMBEDDING_TYPES, INPUT_TYPES } from "../schemas/cohere.ts";
import { isLeftOut, readTaskBody } from "../task-work.ts";
import { bytesOf } from "../vectors.ts";

type EmbedFields = v.InferOutput<typeof EmbedBodySchema>;
type EmbeddingType = (typeof EMBEDDING_TYPES)[number];

const UNSUPPORTED = { images: "only text is supported" };

const USES: Record<(typeof INPUT_TYPES)[number], TextUse> = {
  search_query: "query",
  search_document: "document",
  classification: "classification",
  clustering: "clustering",
};

/** As `formatAnswer` takes them. */
const FORMATS: Record<EmbeddingType, (vector: Float32Array) => Float32Array | Uint8Array | number[]> = {
  float: (vector) => vector,
  int8: quantizeInt8,
  uint8: quantizeUint8,
  binary: quantizeBinary,
  ubinary: quantizeUbinary,
  base64: bytesOf,
};

export function createCohereEmbedRoutes(deps: ServerDeps): Route[] {
  return COHERE_VERSIONS.map((version) => ({
    method: "POST",
    path: `/v${version}/embed`,
    isWork: true,
    doc: {
      summary: "Vectors of texts, in Cohere's shape",
      request: EmbedBody,
      answers: describeAnswers(
        "cohere",
        { ...(version === "1" ? EmbedV1Answer : EmbedAnswer), description: "A vector a text in each type, in order" },
        WORK_ERRORS,
      ),
    },
    handle: (c) => answerEmbed(c, deps, version),
  }));
}

async function answerEmbed(c: ServerContext, deps: ServerDeps, version: CohereVersion): Promise<Response> {
  const body = await readTaskBody(c, deps, { verb: "embed", lists: ["texts", "inputs"] });
  checkUnsupported(body, UNSUPPORTED);
  if (body["input_type"] === "image") throw createUnsupported("input_type", 'found "image", only text is supported');
  const fields = parseFields(EmbedBodySchema, body);
  const texts = parseInputs(fields, deps.limits.textBytes);
  const model = resolveModel(fields.model, "embed", deps);
  const manifest = needsManifest(fields) ? await deps.models.resolve(model) : undefined;
  const result = await embedTexts(c, deps, { model, texts, ...resolveOptions(fields, manifest) });
  return await answerVectors(c, formatAnswer(result, { texts, version, types: fields.embedding_types ?? undefined }));
}

/** The texts of `texts` or `inputs`, of which exactly one is there. */
function parseInputs({ texts, inputs }: EmbedFields, limitBytes: number): readonly string[] {
  if (!isLeftOut(texts) && !isLeftOut(inputs)) {
    throw createInvalid([{ path: ["inputs"], found: '"texts" beside it', expected: "one of them" }]);
  }
  if (!isLeftOut(texts)) return parseTexts(texts, limitBytes, { param: "texts" });
  if (isLeftOut(inputs)) {
    throw createInvalid([{ path: ["texts"], found: "nothing", expected: "a list of at least one string" }]);
  }
  const joined = inputs.map(({ content }) => content.map(({ text }) => text).join("\n"));
  return parseTexts(joined, limitBytes, { param: "inputs" });
}

function needsManifest({ input_type: use, max_tokens: tokens }: EmbedFields): boolean {
  return !isLeftOut(use) || !isLeftOut(tokens);
}

/** A model without a prompt for the use gets its default one, as for a client that does not say what its texts are for. */
function resolveOptions(
  { input_type: use, max_tokens: tokens, truncate, output_dimension: dimensions }: EmbedFields,
  manifest: ModelManifest | undefined,
): Omit<EmbedRequest, "model" | "texts" | "signal"> {
  if (manifest !== undefined) checkTokenLimit("max_tokens", tokens, manifest);
  const prompt = isLeftOut(use) || manifest === undefined ? undefined : findPromptName(manifest.prompts, USES[use]);
  return {
    truncate: truncate !== "NONE",
    direction: truncate === "START" ? "left" : "right",
    dimensions: dimensions ?? undefined,
    prompt,
  };
}

interface AnswerOptions {
  texts: readonly string[];
  version: CohereVersion;
  types: readonly EmbeddingType[] | undefined;
}

/** The older version's list of floats comes only where no types were asked for. */
function formatAnswer({ vectors, promptTokens }: EmbedResult, { texts, version, types }: AnswerOptions): object {
  const isTyped = version === "2" || types !== undefined;
  const byType = [...new Set<EmbeddingType>(types ?? ["float"])].map((type) => [type, vectors.map(FORMATS[type])] as const);
  return {
    response_type: isTyped ? "embeddings_by_type" : "embeddings_floats",
    id: crypto.randomUUID(),
    embeddings: isTyped ? Object.fromEntries(byType) : vectors,
    texts,
    meta: createMeta(version, { input_tokens: promptTokens }),
  };
}
