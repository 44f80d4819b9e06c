// text-embeddings-inference: what every one of its requests may say of texts that are too long.
import * as v from "valibot";
import { FlagSchema } from "./fields.ts";

const DIRECTION = '"left" or "right"';

const TruncateSchema = v.pipe(
  FlagSchema(false),
  v.description("Cut what is longer than the model's limit; otherwise it is refused with 413"),
);

/** TEI writes them with a capital, and reads both. */
const DirectionSchema = v.pipe(
  v.nullish(v.picklist(["left", "right", "Left", "Right"], DIRECTION), "right"),
  v.description("Which end is cut off"),
);

export const cutFields = { truncate: TruncateSchema, truncation_direction: DirectionSchema };
