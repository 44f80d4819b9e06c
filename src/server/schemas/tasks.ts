// The native task routes, as the Go termite has them: rerank, classify, recognize. Chunking is in `chunk.ts`.
import * as v from "valibot";
import { AGGREGATIONS } from "../../pipelines/tasks.ts";
import type { Described } from "../route.ts";
import { FlagSchema, KeepAliveSchema, ModelSchema, formatChoices } from "./fields.ts";
import { LABELS_OR_NOT, PROMPTS_OR_DOCUMENTS } from "./rules.ts";

const TEXTS = "a list of at least one string";
const DOCUMENTS = "a list of at least one text";
const LABELS = "a list of at least one label";
const TEMPLATE = 'a string that holds "{}" once';
const STRIDE = "a whole number of tokens, 0 or more";

const TextListSchema = v.pipe(v.array(v.string("a string"), TEXTS), v.minLength(1, TEXTS));

const TruncateSchema = v.pipe(
  FlagSchema(true),
  v.description("False: a text over the model's limit is refused instead of cut"),
);

const RawSchema = v.pipe(FlagSchema(false), v.description("True: the model's logits as they are"));

export const LabelsSchema = v.pipe(v.array(v.string("a string"), LABELS), v.minLength(1, LABELS));

export const TemplateSchema = v.pipe(
  v.string(TEMPLATE),
  // A pattern that says "once" cannot be run on long texts: it is the document's alone.
  v.check((template) => template.split("{}").length === 2, TEMPLATE),
  v.metadata({ pattern: String.raw`^(?:(?!\{\})[\s\S])*\{\}(?:(?!\{\})[\s\S])*$` }),
);

export const StrideSchema = v.pipe(
  v.number(STRIDE),
  v.integer(STRIDE),
  v.minValue(0, STRIDE),
  v.description("Long texts are read in windows that share so many tokens; left out: cut at the model's limit"),
);

/** Cohere's as well. */
export const DocumentsSchema = v.pipe(
  v.array(
    v.union(
      [v.string("a string or an object"), v.looseObject({ text: v.optional(v.unknown()) }, "a string or an object")],
      "a string or an object",
    ),
    DOCUMENTS,
  ),
  v.minLength(1, DOCUMENTS),
);

export const QuerySchema = v.string("a string");

export const RerankBodySchema = v.object({
  model: ModelSchema,
  query: QuerySchema,
  prompts: v.nullish(v.pipe(v.array(v.string("a string"), DOCUMENTS), v.minLength(1, DOCUMENTS))),
  documents: v.nullish(
    v.pipe(DocumentsSchema, v.description("Instead of `prompts`: texts, or objects whose `text` is one")),
  ),
  raw_scores: RawSchema,
  truncate: TruncateSchema,
  keep_alive: KeepAliveSchema,
});

export const RerankBody: Described = {
  name: "RerankRequest",
  schema: RerankBodySchema,
  rules: PROMPTS_OR_DOCUMENTS,
  example: {
    model: "bge-reranker-base",
    query: "how do termites digest wood",
    prompts: ["Microbes in the gut break cellulose down.", "The library opens at nine."],
  },
};

const ScoreSchema = v.number();

export const RerankAnswer: Described = {
  name: "RerankAnswer",
  schema: v.object({
    model: v.pipe(v.string(), v.description("The model that really answered")),
    scores: v.pipe(
      v.array(ScoreSchema),
      v.description("In the texts' order: the sigmoid of a model's one logit, or the probability of its relevant label"),
    ),
  }),
  example: { model: "bge-reranker-base", scores: [0.9823, 0.0004] },
};

export const ClassifyBodySchema = v.object({
  model: ModelSchema,
  texts: TextListSchema,
  labels: v.nullish(
    v.pipe(
      LabelsSchema,
      v.description("Labels of your own, judged by a model of natural-language inference; left out: the model's own"),
    ),
  ),
  hypothesis_template: v.nullish(
    v.pipe(
      TemplateSchema,
      v.description('With `labels`: the sentence that the model judges; "This example is {}." when left out'),
    ),
  ),
  multi_label: v.pipe(
    FlagSchema(false),
    v.description("With `labels`. True: each for itself, so that scores need not add up to 1"),
  ),
  raw_scores: RawSchema,
  truncate: TruncateSchema,
  keep_alive: KeepAliveSchema,
});

export const ClassifyBody: Described = {
  name: "ClassifyRequest",
  schema: ClassifyBodySchema,
  rules: LABELS_OR_NOT,
  example: { model: "polarity", texts: ["I love it", "It broke at once"] },
};

export const ClassifyAnswer: Described = {
  name: "ClassifyAnswer",
  schema: v.object({
    model: v.string(),
    classifications: v.pipe(
      v.array(v.array(v.object({ label: v.string(), score: ScoreSchema }))),
      v.description("A list a text, best score first"),
    ),
  }),
  example: {
    model: "polarity",
    classifications: [
      [
        { label: "POSITIVE", score: 0.998 },
        { label: "NEGATIVE", score: 0.002 },
      ],
      [
        { label: "NEGATIVE", score: 0.991 },
        { label: "POSITIVE", score: 0.009 },
      ],
    ],
  },
};

export const RecognizeBodySchema = v.object({
  model: ModelSchema,
  texts: TextListSchema,
  aggregation: v.pipe(
    v.nullish(v.picklist(AGGREGATIONS, formatChoices(AGGREGATIONS)), "simple"),
    v.description("How tokens become an entity: the strategies of transformers' token classification"),
  ),
  stride: v.nullish(StrideSchema),
  truncate: TruncateSchema,
  keep_alive: KeepAliveSchema,
});

export const RecognizeBody: Described = {
  name: "RecognizeRequest",
  schema: RecognizeBodySchema,
  example: { model: "bert-base-ner", texts: ["Ada Lovelace lived in London."] },
};

const OffsetSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

export const RecognizeAnswer: Described = {
  name: "RecognizeAnswer",
  schema: v.object({
    model: v.string(),
    entities: v.pipe(
      v.array(
        v.array(
          v.object({
            text: v.string(),
            label: v.string(),
            start: v.pipe(OffsetSchema, v.description("In Unicode code points of the text")),
            end: v.pipe(OffsetSchema, v.description("In Unicode code points, behind the last one")),
            score: ScoreSchema,
          }),
        ),
      ),
      v.description("A list a text, by position"),
    ),
  }),
  example: {
    model: "bert-base-ner",
    entities: [
      [
        { text: "Ada Lovelace", label: "PER", start: 0, end: 12, score: 0.997 },
        { text: "London", label: "LOC", start: 22, end: 28, score: 0.999 },
      ],
    ],
  },
};
