// Cohere's embed and rerank, and Jina's rerank, which has the same path and fields: https://docs.cohere.com/reference
import * as v from "valibot";
import type { Described } from "../route.ts";
import { CountSchema, FlagSchema, ModelSchema, PositiveSchema, VectorSchema, formatChoices } from "./fields.ts";
import { TEXTS_OR_INPUTS, TEXTS_OR_RANK_FIELDS } from "./rules.ts";
import { DocumentsSchema, QuerySchema } from "./tasks.ts";

const TEXTS = "a list of at least one string";
const INPUTS = 'a list of at least one {"content": [{"type": "text", "text": …}]}';
const PART = '{"type": "text", "text": …}';
const CONTENT = `a list of at least one ${PART}`;
const TYPES = "a list of at least one type";
/** Types, or keys of a document, that a request may name. */
const MAX_NAMED = 64;

/** Cohere's clients can leave the model out: the default model of the task is asked then. */
const OptionalModelSchema = v.pipe(v.nullish(ModelSchema), v.description("Left out: the default model of the task"));

const OptionalPositiveSchema = v.nullish(PositiveSchema);

/** What this server cuts at is the model's limit: obeyed where that is not larger. */
const TokensSchema = v.pipe(OptionalPositiveSchema, v.description("At least the model's own limit, where texts are cut anyway"));

export const RerankBodySchema = v.object({
  model: OptionalModelSchema,
  query: QuerySchema,
  documents: DocumentsSchema,
  top_n: v.pipe(OptionalPositiveSchema, v.description("Only the best so many; left out: all")),
  return_documents: FlagSchema(false),
  rank_fields: v.nullish(
    v.pipe(
      v.array(v.string("a string"), TEXTS),
      v.minLength(1, TEXTS),
      v.maxLength(MAX_NAMED, `at most ${MAX_NAMED} keys`),
      v.description('Keys of a document\'s object whose texts are ranked, a line each in this order; left out: "text"'),
    ),
  ),
  max_chunks_per_doc: v.pipe(OptionalPositiveSchema, v.description("Every document is one chunk")),
  max_tokens_per_doc: TokensSchema,
});

export const RerankBody: Described = {
  name: "CohereRerankRequest",
  schema: RerankBodySchema,
  rules: TEXTS_OR_RANK_FIELDS,
  example: {
    model: "bge-reranker-base",
    query: "how do termites digest wood",
    documents: ["The library opens at nine.", "Microbes in the gut break cellulose down."],
    top_n: 1,
  },
};

const MetaSchema = v.object({
  api_version: v.object({ version: v.string() }),
  billed_units: v.pipe(
    v.object({ search_units: v.optional(CountSchema), input_tokens: v.optional(CountSchema) }),
    v.description("Counts in Cohere's words; nothing is billed"),
  ),
});

export const RerankAnswer: Described = {
  name: "CohereRerankAnswer",
  schema: v.object({
    id: v.string(),
    model: v.pipe(v.string(), v.description("The model that really answered")),
    results: v.pipe(
      v.array(
        v.object({
          index: v.pipe(CountSchema, v.description("Place among the request's documents")),
          relevance_score: v.number(),
          document: v.pipe(v.optional(v.looseObject({})), v.description("As it was sent; a text as `{text}`")),
        }),
      ),
      v.description("Best first; equal scores in the documents' order"),
    ),
    meta: MetaSchema,
    usage: v.pipe(v.object({ total_tokens: CountSchema }), v.description("As Jina has it")),
  }),
  example: {
    id: "0b7b39f4-3d1c-4d2b-9f5e-2f7f0f6e8a11",
    model: "bge-reranker-base",
    results: [{ index: 1, relevance_score: 0.9823 }],
    meta: { api_version: { version: "2" }, billed_units: { search_units: 1 } },
    usage: { total_tokens: 31 },
  },
};

export const INPUT_TYPES = ["search_query", "search_document", "classification", "clustering"] as const;
export const EMBEDDING_TYPES = ["float", "int8", "uint8", "binary", "ubinary", "base64"] as const;

const ContentSchema = v.object({ type: v.literal("text", '"text"'), text: v.string("a string") }, PART);

export const EmbedBodySchema = v.object({
  model: OptionalModelSchema,
  texts: v.nullish(v.pipe(v.array(v.string("a string"), TEXTS), v.minLength(1, TEXTS))),
  inputs: v.nullish(
    v.pipe(
      v.array(v.object({ content: v.pipe(v.array(ContentSchema, CONTENT), v.minLength(1, CONTENT)) }, INPUTS), INPUTS),
      v.minLength(1, INPUTS),
      v.description("Instead of `texts`; the texts of one input are its lines"),
    ),
  ),
  input_type: v.nullish(
    v.pipe(
      v.picklist(INPUT_TYPES, formatChoices(INPUT_TYPES)),
      v.description("Selects the model's prompt for that use, where it has one"),
    ),
  ),
  embedding_types: v.nullish(
    v.pipe(
      v.array(v.picklist(EMBEDDING_TYPES, formatChoices(EMBEDDING_TYPES)), TYPES),
      v.minLength(1, TYPES),
      v.maxLength(MAX_NAMED, `at most ${MAX_NAMED} types`),
      v.description("One that is named twice is given once"),
    ),
  ),
  output_dimension: v.pipe(OptionalPositiveSchema, v.description("Where the model is trained for it")),
  truncate: v.pipe(
    v.nullish(v.picklist(["NONE", "START", "END"], formatChoices(["NONE", "START", "END"])), "END"),
    v.description("What is cut off a text over the model's limit; NONE refuses it"),
  ),
  max_tokens: TokensSchema,
});

export const EmbedBody: Described = {
  name: "CohereEmbedRequest",
  schema: EmbedBodySchema,
  rules: TEXTS_OR_INPUTS,
  example: {
    model: "all-minilm-l6-v2:int8",
    texts: ["a text", "another"],
    input_type: "search_document",
    embedding_types: ["float", "int8"],
  },
};

const IntegersSchema = v.optional(v.array(v.array(v.pipe(v.number(), v.integer()))));

const ByTypeSchema = v.object({
  float: v.optional(v.array(VectorSchema)),
  int8: v.pipe(IntegersSchema, v.description("round(127 x) of the vector at unit length: -127 to 127")),
  uint8: v.pipe(IntegersSchema, v.description("int8 plus 128")),
  binary: v.pipe(IntegersSchema, v.description("ubinary minus 128")),
  ubinary: v.pipe(IntegersSchema, v.description("A bit a dimension, 1 above zero, eight to a byte, the first highest")),
  base64: v.pipe(v.optional(v.array(v.string())), v.description("Of the vector's little-endian float32 bytes")),
});

const TYPED_EXAMPLE = {
  response_type: "embeddings_by_type",
  id: "5c1f0a52-2f0b-4b4e-8a53-7c5f1f1f6c55",
  embeddings: { float: [[0.6, -0.8]], int8: [[76, -102]] },
  texts: ["a text"],
  meta: { api_version: { version: "2" }, billed_units: { input_tokens: 4 } },
} as const;

const TypedSchema = v.object({
  response_type: v.literal("embeddings_by_type"),
  id: v.string(),
  embeddings: ByTypeSchema,
  texts: v.array(v.string()),
  meta: MetaSchema,
});

export const EmbedAnswer: Described = { name: "CohereEmbedAnswer", schema: TypedSchema, example: TYPED_EXAMPLE };

/** The older route: lists of floats where no types were asked for. */
export const EmbedV1Answer: Described = {
  name: "CohereEmbedV1Answer",
  schema: v.union([
    v.object({
      response_type: v.literal("embeddings_floats"),
      id: v.string(),
      embeddings: v.array(VectorSchema),
      texts: v.array(v.string()),
      meta: MetaSchema,
    }),
    TypedSchema,
  ]),
  example: {
    ...TYPED_EXAMPLE,
    response_type: "embeddings_floats",
    embeddings: [[0.6, -0.8]],
    meta: { api_version: { version: "1" }, billed_units: { input_tokens: 4 } },
  },
};
