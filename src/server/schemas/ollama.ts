// Ollama's embedding routes: https://github.com/ollama/ollama/blob/main/docs/api.md#generate-embeddings
import * as v from "valibot";
import type { Described } from "../route.ts";
import {
  CountSchema, DimensionsSchema, FlagSchema, KeepAliveSchema, ModelSchema, OptionsSchema, TextsSchema, VectorSchema,
} from "./fields.ts";
import { INPUT_OR_KEEP_ALIVE } from "./rules.ts";

const LOAD_OPTIONS = { keep_alive: KeepAliveSchema, options: OptionsSchema };

const EMBED_OPTIONS = {
  truncate: v.pipe(FlagSchema(true), v.description("False: a text over the model's limit is refused instead of cut")),
  dimensions: DimensionsSchema,
  ...LOAD_OPTIONS,
};

/** What a request without a text may hold: it loads or unloads the model. */
export const LoadBodySchema = v.object({ model: ModelSchema, ...EMBED_OPTIONS });

export const EmbedBodySchema = v.object({ model: ModelSchema, input: TextsSchema, ...EMBED_OPTIONS });

export const EmbedBody: Described = {
  name: "EmbedRequest",
  schema: v.object({
    model: ModelSchema,
    input: v.pipe(
      v.nullish(v.union([v.string(), v.array(v.string())])),
      v.description("Left out, null or [] beside `keep_alive`: the model is loaded, or unloaded with 0"),
    ),
    ...EMBED_OPTIONS,
  }),
  rules: INPUT_OR_KEEP_ALIVE,
  example: { model: "all-minilm-l6-v2:int8", input: ["a text", "another"] },
};

export const EmbedAnswer: Described = {
  name: "EmbedAnswer",
  schema: v.object({
    model: v.pipe(v.string(), v.description("The model that really answered")),
    embeddings: v.array(VectorSchema),
    total_duration: v.pipe(CountSchema, v.description("Nanoseconds")),
    load_duration: v.pipe(CountSchema, v.description("Nanoseconds that the request waited for the model to load")),
    prompt_eval_count: v.pipe(CountSchema, v.description("Tokens that the model saw, special tokens included")),
  }),
  example: {
    model: "all-minilm-l6-v2:int8",
    embeddings: [
      [0.012, -0.034],
      [0.056, 0.078],
    ],
    total_duration: 4_100_000,
    load_duration: 0,
    prompt_eval_count: 8,
  },
};

/** The route before `/api/embed`: one text, one vector. */
export const PromptBodySchema = v.object({ model: ModelSchema, prompt: v.string("a string"), ...LOAD_OPTIONS });

export const PromptBody: Described = {
  name: "PromptEmbedRequest",
  schema: v.object({
    model: ModelSchema,
    prompt: v.pipe(
      v.nullish(v.string()),
      v.description("Left out or empty: the model is loaded, or unloaded with `keep_alive` 0"),
    ),
    ...LOAD_OPTIONS,
  }),
  example: { model: "all-minilm-l6-v2:int8", prompt: "a text" },
};

export const PromptAnswer: Described = {
  name: "PromptEmbedAnswer",
  schema: v.object({ embedding: VectorSchema }),
  example: { embedding: [0.012, -0.034] },
};
