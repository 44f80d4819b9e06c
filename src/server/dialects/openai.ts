// OpenAI's dialect: `POST /v1/embeddings` of `openai-embeddings.ts`, `GET /v1/models`, `GET /v1/models/{id}`, and the same
// under `/openai/v1`.
import type { ModelSummary } from "../../models/manifest.ts";
import { WORK_ERRORS, describeAnswers } from "../answers.ts";
import type { ServerDeps } from "../deps.ts";
import { answerJson } from "../route.ts";
import type { Route } from "../route.ts";
import { EmbeddingsAnswer, EmbeddingsBody, ModelAnswer, ModelsAnswer } from "../schemas/openai.ts";
import { listUsable } from "../usable-models.ts";
import { createTokenIdReader } from "../token-ids.ts";
import type { TokenIdReader } from "../token-ids.ts";
import { answerEmbeddings } from "./openai-embeddings.ts";

const PREFIXES = ["/v1", "/openai/v1"] as const;

export function createOpenAiRoutes(deps: ServerDeps): Route[] {
  const readTokenIds = createTokenIdReader(deps);
  return PREFIXES.flatMap((prefix) => createPrefixedRoutes(prefix, deps, readTokenIds));
}

function createPrefixedRoutes(prefix: string, deps: ServerDeps, readTokenIds: TokenIdReader): Route[] {
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
      handle: (c) => answerEmbeddings(c, deps, readTokenIds),
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

function formatModel({ id, modifiedAt }: Pick<ModelSummary, "id" | "modifiedAt">): object {
  const owner = id.includes("/") ? id.slice(0, id.indexOf("/")) : "termite";
  return { id, object: "model", created: Math.floor(modifiedAt), owned_by: owner };
}
