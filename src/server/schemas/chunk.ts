// `POST /api/chunk`, as the Go termite has it.
import * as v from "valibot";
import type { Described } from "../route.ts";
import { CountSchema, PositiveSchema } from "./fields.ts";

const INPUT = 'a string or {"type": "text", "text": …}';
const MODEL = '"fixed", "sentence" or the name of a model';
const AT_LEAST_NONE = "a whole number, 0 or more";
const MAX_MODEL_CHARS = 512;

/** Every field can be left out, and the whole as well. */
export const ChunkConfigSchema = v.object({
  model: v.pipe(
    v.nullish(v.pipe(v.string(MODEL), v.nonEmpty(MODEL), v.maxLength(MAX_MODEL_CHARS, MODEL)), "fixed"),
    v.description(
      "fixed: pieces of about `target_tokens`, at separators where there are any; sentence: whole sentences; " +
        "the name of a model: fixed, in that model's tokens instead of the default model's",
    ),
  ),
  target_tokens: v.nullish(PositiveSchema, 500),
  overlap_tokens: v.nullish(
    v.pipe(
      v.number(AT_LEAST_NONE),
      v.integer(AT_LEAST_NONE),
      v.minValue(0, AT_LEAST_NONE),
      v.description("Less than `target_tokens`; left out: a tenth of it, at most 50"),
    ),
  ),
  separator: v.pipe(
    v.nullish(v.string("a string"), "\n\n"),
    v.description("Where fixed pieces are cut if they can be; empty: none"),
  ),
  max_chunks: v.pipe(v.nullish(PositiveSchema, 50), v.description("The last chunk takes all that is left")),
}, "an object");

export const ChunkBodySchema = v.object({
  input: v.union(
    [v.string(INPUT), v.object({ type: v.literal("text", '"text"'), text: v.string("a string") }, INPUT)],
    INPUT,
  ),
  config: v.nullish(ChunkConfigSchema, {}),
});

export const ChunkBody: Described = {
  name: "ChunkRequest",
  schema: ChunkBodySchema,
  example: { input: "A first paragraph.\n\nA second one.", config: { target_tokens: 200, overlap_tokens: 20 } },
};

export const ChunkAnswer: Described = {
  name: "ChunkAnswer",
  schema: v.object({
    chunks: v.array(
      v.object({
        id: CountSchema,
        text: v.pipe(v.string(), v.description("Exactly the input from `start_char` to `end_char`")),
        start_char: v.pipe(CountSchema, v.description("In Unicode code points of the input")),
        end_char: v.pipe(CountSchema, v.description("In Unicode code points, behind the last one")),
        mime_type: v.literal("text/plain"),
      }),
    ),
    model: v.string(),
    cache_hit: v.literal(false),
  }),
  example: {
    chunks: [
      { id: 0, text: "A first paragraph.\n\nA second one.", start_char: 0, end_char: 33, mime_type: "text/plain" },
    ],
    model: "fixed",
    cache_hit: false,
  },
};
