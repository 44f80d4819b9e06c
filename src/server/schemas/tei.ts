// text-embeddings-inference: the requests of its work routes, as `router/src/http/types.rs` there defines them.
import * as v from "valibot";
import type { Described } from "../route.ts";
import { DimensionsSchema, FlagSchema, TextsSchema } from "./fields.ts";
import { cutFields } from "./tei-cut.ts";
import { HubClassifyBodySchema, HubRecognizeBodySchema, HubZeroShotBodySchema } from "./tei-hub.ts";

const ID = "a token id";
const IDS = "a list of at least one token id";
const TEXTS = "a list of at least one string";
const PREDICT = "a string, a list of one or two strings, or a list of such lists";

/** For the document: there can be millions of ids, and `parseIdLists` reads them. */
const IdSchema = v.pipe(v.number(ID), v.integer(ID), v.minValue(0, ID), v.maxValue(2 ** 31 - 1, ID));
const IdListSchema = v.pipe(v.array(IdSchema, IDS), v.minLength(1, IDS));
const IdListsSchema = v.pipe(v.array(IdListSchema, IDS), v.minLength(1, IDS));

const TextListSchema = v.pipe(v.array(v.string("a string"), TEXTS), v.minLength(1, TEXTS));

const PromptSchema = v.pipe(
  v.nullish(v.string("the name of a prompt")),
  v.description("Name of one of the model's prompts, instead of its default one"),
);

const embedFields = {
  ...cutFields,
  prompt_name: PromptSchema,
  normalize: v.pipe(FlagSchema(true), v.description("Vectors of length 1, whatever the model's own files say")),
  dimensions: DimensionsSchema,
};

/** Texts, or all but token ids: which it is meant to be is seen at its first input. */
export const TeiEmbedTextsSchema = v.object({ inputs: TextsSchema, ...embedFields });
export const TeiEmbedIdsSchema = v.object(embedFields);

const EmbedInputsSchema = v.pipe(
  v.union([...TextsSchema.options, IdListSchema, IdListsSchema]),
  v.description("Texts, or ids of the model's own vocabulary, special tokens included"),
);

export const TeiTextsBodySchema = v.object({ inputs: TextsSchema, ...cutFields, prompt_name: PromptSchema });

const SequenceSchema = v.pipe(
  v.array(v.string("a string"), PREDICT),
  v.minLength(1, PREDICT),
  v.maxLength(2, PREDICT),
);

const predictFields = {
  raw_scores: v.pipe(FlagSchema(false), v.description("Logits instead of probabilities")),
  ...cutFields,
};

/** One text or pair; several. */
export const TeiPredictOneSchema = v.object({
  inputs: v.union([v.string(PREDICT), SequenceSchema], PREDICT),
  ...predictFields,
});
export const TeiPredictManySchema = v.object({ inputs: v.array(SequenceSchema, PREDICT), ...predictFields });

const PredictInputsSchema = v.pipe(
  v.union([v.string(), SequenceSchema, v.pipe(v.array(SequenceSchema), v.minLength(1))]),
  v.description("A text, a pair of texts as a list of two, or several of either, each as a list"),
);

export const TeiRerankBodySchema = v.object({
  query: v.string("a string"),
  texts: TextListSchema,
  raw_scores: v.pipe(FlagSchema(false), v.description("Logits instead of their sigmoid")),
  return_text: FlagSchema(false),
  ...cutFields,
});

export const TeiSentencesSchema = v.object({ source_sentence: v.string("a string"), sentences: TextListSchema });
export const TeiParametersSchema = v.object({ ...cutFields, prompt_name: PromptSchema });

const TeiSimilarityBodySchema = v.object({ inputs: TeiSentencesSchema, parameters: v.nullish(TeiParametersSchema) });

export const TeiTokenizeBodySchema = v.object({
  inputs: TextsSchema,
  add_special_tokens: FlagSchema(true),
  prompt_name: PromptSchema,
});

/** All but the ids. */
export const TeiDecodeFieldsSchema = v.object({ skip_special_tokens: FlagSchema(true) });

const TeiDecodeBodySchema = v.object({
  ids: v.pipe(
    v.union([IdListSchema, IdListsSchema]),
    v.description("Of all lists together at most as many as a text may have bytes (`limits.text_mb`)"),
  ),
  ...TeiDecodeFieldsSchema.entries,
});

const TeiEmbedBodySchema = v.object({ inputs: EmbedInputsSchema, ...embedFields });
const TeiPredictBodySchema = v.object({ inputs: PredictInputsSchema, ...predictFields });

/** What `POST /` takes is what the route of the model's task does. */
const TeiAnyBodySchema = v.union([
  TeiSimilarityBodySchema, TeiEmbedBodySchema, TeiPredictBodySchema, TeiRerankBodySchema,
  HubZeroShotBodySchema, HubRecognizeBodySchema, HubClassifyBodySchema,
]);

export const TeiEmbedBody: Described = {
  name: "TeiEmbedRequest",
  schema: TeiEmbedBodySchema,
  example: { inputs: ["a text", "another"], normalize: true, truncate: false },
};

export const TeiTextsBody: Described = {
  name: "TeiTextsRequest",
  schema: TeiTextsBodySchema,
  example: { inputs: ["a text", "another"], truncate: false },
};

export const TeiPredictBody: Described = {
  name: "TeiPredictRequest",
  schema: TeiPredictBodySchema,
  example: { inputs: "what a day", raw_scores: false },
};

export const TeiRerankBody: Described = {
  name: "TeiRerankRequest",
  schema: TeiRerankBodySchema,
  example: { query: "what do termites eat?", texts: ["wood", "the moon"], return_text: true },
};

export const TeiSimilarityBody: Described = {
  name: "TeiSimilarityRequest",
  schema: TeiSimilarityBodySchema,
  example: { inputs: { source_sentence: "a text", sentences: ["another", "a third"] } },
};

export const TeiTokenizeBody: Described = {
  name: "TeiTokenizeRequest",
  schema: TeiTokenizeBodySchema,
  example: { inputs: "a text", add_special_tokens: true },
};

export const TeiDecodeBody: Described = {
  name: "TeiDecodeRequest",
  schema: TeiDecodeBodySchema,
  example: { ids: [101, 1037, 3793, 102], skip_special_tokens: true },
};

export const TeiAnyBody: Described = { name: "TeiRequest", schema: TeiAnyBodySchema, example: { inputs: "a text" } };
