// The error bodies of the dialects that came last; the native and OpenAI's stand beside their other shapes.
import * as v from "valibot";
import type { Described } from "../route.ts";

export const CohereErrorAnswer: Described = {
  name: "CohereError",
  schema: v.object({ message: v.string() }),
  example: { message: "Cannot read the request: model: found nothing, expected the name of a model" },
};

/** text-embeddings-inference's own words for what went wrong. */
export const TEI_ERROR_TYPES = ["Unhealthy", "Backend", "Overloaded", "Validation", "Tokenizer", "Empty"] as const;
export type TeiErrorType = (typeof TEI_ERROR_TYPES)[number];

export const TeiErrorAnswer: Described = {
  name: "TeiError",
  schema: v.object({ error: v.string(), error_type: v.picklist(TEI_ERROR_TYPES) }),
  example: {
    error: "Cannot read the request: inputs: found nothing, expected a string or a list of at least one string",
    error_type: "Validation",
  },
};
