// OpenAI's dialect: https://platform.openai.com/docs/api-reference/embeddings and /models
import * as v from "valibot";
import type { Described } from "../route.ts";
import { CountSchema, DimensionsSchema, ModelSchema, TextsSchema, VectorSchema } from "./fields.ts";

const FORMAT = '"float" or "base64"';

export const EmbeddingsBodySchema = v.object({
  model: ModelSchema,
  input: TextsSchema,
  encoding_format: v.pipe(
    v.nullish(v.picklist(["float", "base64"], FORMAT), "float"),
    v.description("base64 is of the vector's little-endian float32 bytes"),
  ),
  dimensions: DimensionsSchema,
  user: v.nullish(v.string("a string")),
});

export const EmbeddingsBody: Described = {
  name: "OpenAiEmbeddingsRequest",
  schema: EmbeddingsBodySchema,
  example: { model: "all-minilm-l6-v2:int8", input: ["a text", "another"] },
};

export const EmbeddingsAnswer: Described = {
  name: "OpenAiEmbeddingsAnswer",
  schema: v.object({
    object: v.literal("list"),
    data: v.array(
      v.object({
        object: v.literal("embedding"),
        index: CountSchema,
        embedding: v.union([VectorSchema, v.string()]),
      }),
    ),
    model: v.pipe(v.string(), v.description("The model that really answered")),
    usage: v.object({ prompt_tokens: CountSchema, total_tokens: CountSchema }),
  }),
  example: {
    object: "list",
    data: [{ object: "embedding", index: 0, embedding: [0.012, -0.034] }],
    model: "all-minilm-l6-v2:int8",
    usage: { prompt_tokens: 4, total_tokens: 4 },
  },
};

const ModelObjectSchema = v.object({
  id: v.string(),
  object: v.literal("model"),
  created: v.pipe(CountSchema, v.description("Unix seconds")),
  owned_by: v.string(),
});

const MODEL = { id: "BAAI/bge-small-en-v1.5", object: "model", created: 1_760_000_000, owned_by: "BAAI" };

export const ModelAnswer: Described = { name: "OpenAiModel", schema: ModelObjectSchema, example: MODEL };

export const ModelsAnswer: Described = {
  name: "OpenAiModels",
  schema: v.object({ object: v.literal("list"), data: v.array(ModelObjectSchema) }),
  example: { object: "list", data: [MODEL] },
};

export const OpenAiErrorAnswer: Described = {
  name: "OpenAiError",
  schema: v.object({
    error: v.object({
      message: v.string(),
      type: v.string(),
      param: v.nullable(v.string()),
      code: v.nullable(v.string()),
    }),
  }),
  example: {
    error: {
      message: "Cannot read the request: model: found nothing, expected the name of a model",
      type: "invalid_request_error",
      param: "model",
      code: "invalid_request",
    },
  },
};
