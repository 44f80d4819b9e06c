// Fields that several dialects share. A message is the phrase after "expected" in an error: see `body/validate.ts`.
import * as v from "valibot";

// Larger than any model's vector; whether this model may cut to it is the pipeline's rule.
const MAX_DIMENSIONS = 65_536;
const MAX_MODEL_CHARS = 512;

const MODEL = "the name of a model";
const TEXTS = "a string or a list of at least one string";
const DIMENSIONS = `a whole number from 1 to ${MAX_DIMENSIONS}`;

export const ModelSchema = v.pipe(
  v.string(MODEL),
  v.nonEmpty(MODEL),
  v.maxLength(MAX_MODEL_CHARS, `${MODEL} of at most ${MAX_MODEL_CHARS} characters`),
  v.description("Name of a model: a line of `termite models`"),
);

/** One text or several; an empty text is fine, an empty list is not. */
export const TextsSchema = v.union(
  [v.string(TEXTS), v.pipe(v.array(v.string("a string"), TEXTS), v.minLength(1, TEXTS))],
  TEXTS,
);

export const DimensionsSchema = v.nullish(
  v.pipe(
    v.number(DIMENSIONS),
    v.integer(DIMENSIONS),
    v.minValue(1, DIMENSIONS),
    v.maxValue(MAX_DIMENSIONS, DIMENSIONS),
    v.description("Cuts the vectors to this size and normalises them again, where the model is trained for it"),
  ),
);

export const FlagSchema = (fallback: boolean) => v.nullish(v.boolean("true or false"), fallback);

/** A count of things: tokens, nanoseconds, bytes. */
export const CountSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

export const VectorSchema = v.array(v.number());
