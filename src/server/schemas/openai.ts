// OpenAI's dialect, and Jina's fields for embeddings: https://platform.openai.com/docs/api-reference/embeddings and /models
import * as v from "valibot";
import type { Described } from "../route.ts";
import { CountSchema, DimensionsSchema, FlagSchema, ModelSchema, TextsSchema, VectorSchema, formatChoices } from "./fields.ts";

/** Jina's words for what texts are for. */
export const JINA_TASKS = [
  "retrieval.query", "retrieval.passage", "classification", "separation", "text-matching",
] as const;
const JINA_TYPES = ["float", "base64", "binary", "ubinary"] as const;

/** All but `model` and `input`: whether that is texts or token ids decides who reads it. */
const OPTIONS = {
  encoding_format: v.pipe(
    v.nullish(v.picklist(["float", "base64"], '"float" or "base64"'), "float"),
    v.description("base64 is of the vector's little-endian float32 bytes"),
  ),
  dimensions: DimensionsSchema,
  user: v.nullish(v.string("a string")),
  task: v.nullish(
    v.pipe(
      v.picklist(JINA_TASKS, formatChoices(JINA_TASKS)),
      v.description("Jina's: selects the model's prompt for that use, where it has one"),
    ),
  ),
  embedding_type: v.nullish(
    v.pipe(
      v.picklist(JINA_TYPES, formatChoices(JINA_TYPES)),
      v.description("Jina's, instead of `encoding_format`: ubinary is a bit a dimension, eight to a byte; binary minus 128"),
    ),
  ),
  normalized: v.pipe(
    FlagSchema(false),
    v.description("Jina's. True: to unit length; false: as the model's authors define it, which mostly is the same"),
  ),
  truncate: v.pipe(
    FlagSchema(true),
    v.description("Jina's. False: a text over the model's limit is refused instead of cut"),
  ),
};

export const IdEmbeddingsBodySchema = v.object({ model: ModelSchema, ...OPTIONS });
export const TextEmbeddingsBodySchema = v.object({ model: ModelSchema, input: TextsSchema, ...OPTIONS });

const IdsSchema = v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1))), v.minLength(1));

export const EmbeddingsBody: Described = {
  name: "OpenAiEmbeddingsRequest",
  schema: v.object({
    model: ModelSchema,
    input: v.pipe(
      v.union([...TextsSchema.options, IdsSchema, v.pipe(v.array(IdsSchema), v.minLength(1))]),
      v.description("Token ids are of GPT's cl100k_base, or what `openai.token_ids` of the configuration says"),
    ),
    ...OPTIONS,
  }),
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
