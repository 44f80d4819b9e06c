// The native dialect, which is Ollama's where Ollama has the route:
// https://github.com/ollama/ollama/blob/main/docs/api.md
import * as v from "valibot";
import type { Described } from "../route.ts";
import { CountSchema, DimensionsSchema, FlagSchema, ModelSchema, TextsSchema, VectorSchema } from "./fields.ts";

export const EmbedBodySchema = v.object({
  model: ModelSchema,
  input: TextsSchema,
  truncate: v.pipe(FlagSchema(true), v.description("False: a text over the model's limit is refused instead of cut")),
  dimensions: DimensionsSchema,
  options: v.nullish(v.record(v.string(), v.unknown(), "an object")),
});

export const EmbedBody: Described = {
  name: "EmbedRequest",
  schema: EmbedBodySchema,
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

export const VersionAnswer: Described = {
  name: "VersionAnswer",
  schema: v.object({ version: v.string() }),
  example: { version: "0.1.0" },
};

export const ErrorAnswer: Described = {
  name: "Error",
  schema: v.object({ error: v.string() }),
  example: { error: "Cannot read the request: input[3]: found 5, expected a string" },
};
