// Fields that several dialects share. A message is the phrase after "expected" in an error: see `body/validate.ts`.
import * as v from "valibot";
import { GO_DURATION } from "../../go-duration.ts";

const MAX_MODEL_CHARS = 512;

const MODEL = "the name of a model";
const TEXTS = "a string or a list of at least one string";
const DIMENSIONS = "a whole number";
const AT_LEAST_ONE = "a whole number, 1 or more";
const KEEP_ALIVE = 'seconds or a duration such as "5m", 0 to unload at once, below 0 for ever';
const MAX_DURATION_CHARS = 64;

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

/** Which numbers this model gives is the pipeline's rule: only that can say its native size. */
export const DimensionsSchema = v.nullish(
  v.pipe(
    v.number(DIMENSIONS),
    v.integer(DIMENSIONS),
    v.description("Cuts the vectors to this size and normalises them again, where the model is trained for it"),
  ),
);

/** Read by `parseKeepAlive`. Null is how clients leave it out. */
export const KeepAliveSchema = v.nullish(
  v.pipe(
    v.union(
      [
        v.number(KEEP_ALIVE),
        v.pipe(v.string(KEEP_ALIVE), v.maxLength(MAX_DURATION_CHARS, KEEP_ALIVE), v.regex(GO_DURATION, KEEP_ALIVE)),
      ],
      KEEP_ALIVE,
    ),
    v.description("How long the model stays loaded after its last use: seconds or a Go duration, 0 not at all, below 0 for ever"),
  ),
);

export const OptionsSchema = v.nullish(v.record(v.string(), v.unknown(), "an object"));

export const FlagSchema = (fallback: boolean) => v.nullish(v.boolean("true or false"), fallback);

/** One or more of something. */
export const PositiveSchema = v.pipe(v.number(AT_LEAST_ONE), v.integer(AT_LEAST_ONE), v.minValue(1, AT_LEAST_ONE));

/** A count of things: tokens, nanoseconds, bytes. */
export const CountSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Of one model on an XLA target. */
export const ProgramsSchema = v.object({
  ready: v.pipe(CountSchema, v.description("That can run by now: a batch takes the next larger one of them")),
  planned: v.pipe(CountSchema, v.description("In all: the rest is compiled while nothing runs, or when it is wanted")),
});


export const VectorSchema = v.array(v.number());

/** Choices as a message names them: `"a", "b"`. */
export const formatChoices = (words: readonly string[]): string => words.map((word) => `"${word}"`).join(", ");
