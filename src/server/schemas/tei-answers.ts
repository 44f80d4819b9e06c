// text-embeddings-inference: the answers of its routes.
import * as v from "valibot";
import type { Described } from "../route.ts";
import { CountSchema, VectorSchema } from "./fields.ts";

const PredictionsSchema = v.array(v.object({ score: v.number(), label: v.string() }));

const RanksSchema = v.array(v.object({ index: CountSchema, text: v.optional(v.string()), score: v.number() }));

const EntitiesSchema = v.array(
  v.object({
    entity_group: v.string(),
    score: v.number(),
    word: v.pipe(v.string(), v.description("The slice of the text from `start` to `end`")),
    start: v.pipe(CountSchema, v.description("In Unicode code points")),
    end: CountSchema,
  }),
);

const SparseSchema = v.array(v.array(v.object({ index: CountSchema, value: v.number() })));

export const TeiEmbedAnswer: Described = {
  name: "TeiVectors",
  schema: v.array(VectorSchema),
  example: [[0.012, -0.034], [0.056, 0.078]],
};

export const TeiEmbedAllAnswer: Described = {
  name: "TeiTokenVectors",
  schema: v.array(v.array(VectorSchema)),
  example: [[[0.012, -0.034], [0.056, 0.078]]],
};

export const TeiSparseAnswer: Described = {
  name: "TeiSparseVectors",
  schema: SparseSchema,
  example: [[{ index: 2030, value: 0.42 }]],
};

export const TeiPredictAnswer: Described = {
  name: "TeiPredictions",
  schema: v.union([PredictionsSchema, v.array(PredictionsSchema)]),
  example: [{ score: 0.98, label: "positive" }, { score: 0.02, label: "negative" }],
};

export const TeiRerankAnswer: Described = {
  name: "TeiRanks",
  schema: RanksSchema,
  example: [{ index: 0, text: "wood", score: 0.93 }, { index: 1, text: "the moon", score: 0.01 }],
};

export const TeiSimilarityAnswer: Described = { name: "TeiSimilarities", schema: VectorSchema, example: [0.71, 0.12] };

export const TeiTokenizeAnswer: Described = {
  name: "TeiTokens",
  schema: v.array(
    v.array(
      v.object({
        id: CountSchema,
        text: v.string(),
        special: v.boolean(),
        start: v.pipe(v.nullable(CountSchema), v.description("In Unicode code points; null of a special token")),
        stop: v.nullable(CountSchema),
      }),
    ),
  ),
  example: [
    [
      { id: 101, text: "[CLS]", special: true, start: null, stop: null },
      { id: 3793, text: "text", special: false, start: 0, stop: 4 },
    ],
  ],
};

export const TeiDecodeAnswer: Described = { name: "TeiTexts", schema: v.array(v.string()), example: ["a text"] };

/** Which of them depends on the task of the default model. */
export const TeiAnyAnswer: Described = {
  name: "TeiAnswer",
  schema: v.union([
    v.array(VectorSchema), VectorSchema, SparseSchema, RanksSchema, PredictionsSchema, v.array(PredictionsSchema),
    EntitiesSchema, v.array(EntitiesSchema),
  ]),
  example: [[0.012, -0.034]],
};

const LabelsSchema = v.object({
  id2label: v.record(v.string(), v.string()),
  label2id: v.record(v.string(), CountSchema),
});

export const TeiInfoAnswer: Described = {
  name: "TeiInfo",
  schema: v.object({
    model_id: v.string(),
    model_sha: v.pipe(v.nullable(v.string()), v.description("Always null: models are folders")),
    model_dtype: v.pipe(v.nullable(v.string()), v.description("Of most of its weights, where the graph says it")),
    model_type: v.union([
      v.object({ embedding: v.object({ pooling: v.string() }) }),
      v.object({ reranker: LabelsSchema }),
      v.object({ classifier: LabelsSchema }),
    ]),
    max_input_length: v.pipe(CountSchema, v.description("Tokens of one input, special tokens included")),
    max_client_batch_size: v.pipe(CountSchema, v.description("Inputs of one request")),
    auto_truncate: v.boolean(),
    version: v.pipe(v.string(), v.description("Of termite")),
  }),
  example: {
    model_id: "all-minilm-l6-v2:int8",
    model_sha: null,
    model_dtype: "int8",
    model_type: { embedding: { pooling: "mean" } },
    max_input_length: 256,
    max_client_batch_size: 2048,
    auto_truncate: false,
    version: "0.1.0",
  },
};

export const TeiHealthAnswer: Described = { name: "TeiHealth", schema: v.literal(""), example: "" };
