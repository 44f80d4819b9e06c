// OpenAI's dialect: `POST /v1/embeddings`, `GET /v1/models`, `GET /v1/models/{id}`, and the same under `/openai/v1`.
import type { ModelSummary } from "../../models/manifest.ts";
import type { EmbedResult } from "../../pipelines/embed-request.ts";
import { WORK_ERRORS, describeAnswers } from "../answers.ts";
import type { ServerDeps } from "../deps.ts";
import { createUnsupported, embedTexts, readEmbedBody } from "../embed-texts.ts";
import { answerJson } from "../route.ts";
import type { Route, ServerContext } from "../route.ts";
import { EmbeddingsAnswer, EmbeddingsBody, EmbeddingsBodySchema, ModelAnswer, ModelsAnswer } from "../schemas/openai.ts";
import { listUsable } from "../usable-models.ts";
import { parseTexts } from "../body/texts.ts";
import { parseFields } from "../body/validate.ts";
import { formatBase64, shortenFloats } from "../vectors.ts";

const PREFIXES = ["/v1", "/openai/v1"] as const;

export function createOpenAiRoutes(deps: ServerDeps): Route[] {
  return PREFIXES.flatMap((prefix) => createPrefixedRoutes(prefix, deps));
}

function createPrefixedRoutes(prefix: string, deps: ServerDeps): Route[] {
  return [
    {
      method: "POST",
      path: `${prefix}/embeddings`,
      isWork: true,
      doc: {
        summary: "Vectors of one text or several, in OpenAI's shape",
        request: EmbeddingsBody,
        answers: describeAnswers(
          "openai",
          { ...EmbeddingsAnswer, description: "A vector a text, in order" },
          WORK_ERRORS,
        ),
      },
      handle: (c) => answerEmbeddings(c, deps),
    },
    {
      method: "GET",
      path: `${prefix}/models`,
      doc: {
        summary: "Models that can be asked for",
        answers: describeAnswers("openai", { ...ModelsAnswer, description: "Every model that can be used, by id" }, [500]),
      },
      handle: async (c) => answerJson(c, { object: "list", data: (await listUsable(deps)).map(formatModel) }),
    },
    {
      method: "GET",
      path: `${prefix}/models/{id}`,
      doc: {
        summary: "One model, by its id: slashes as they are or encoded",
        parameters: { id: "all-minilm-l6-v2:int8" },
        answers: describeAnswers("openai", { ...ModelAnswer, description: "The model" }, [404, 500]),
      },
      handle: async (c) => answerJson(c, formatModel(await deps.models.identify(c.req.param("id") ?? ""))),
    },
  ];
}

async function answerEmbeddings(c: ServerContext, deps: ServerDeps): Promise<Response> {
  const body = await readEmbedBody(c, deps);
  checkText(body["input"]);
  const { model, input, encoding_format: format, dimensions } = parseFields(EmbeddingsBodySchema, body);
  const result = await embedTexts(c, deps, {
    model,
    texts: parseTexts(input, deps.limits.textBytes),
    truncate: true,
    dimensions: dimensions ?? undefined,
  });
  return answerJson(c, formatEmbeddings(result, format === "base64" ? formatBase64 : shortenFloats));
}

function formatEmbeddings(result: EmbedResult, format: (vector: Float32Array) => string | number[]): object {
  const usage = { prompt_tokens: result.promptTokens, total_tokens: result.promptTokens };
  const data = result.vectors.map((vector, index) => ({ object: "embedding", index, embedding: format(vector) }));
  return { object: "list", data, model: result.model, usage };
}

function formatModel({ id, modifiedAt }: Pick<ModelSummary, "id" | "modifiedAt">): object {
  const owner = id.includes("/") ? id.slice(0, id.indexOf("/")) : "termite";
  return { id, object: "model", created: Math.floor(modifiedAt), owned_by: owner };
}

/** Token ids, one list or several, are known input that is not obeyed yet; what else is wrong is the schema's to name. */
function checkText(input: unknown): void {
  if (!Array.isArray(input) || input.length === 0) return;
  if (input.every(Number.isInteger) || input.every(isIdList)) {
    throw createUnsupported("input", "found token ids, only text is supported");
  }
}

function isIdList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(Number.isInteger);
}
