// The members of a model's `config.json` that are read here; what transformers writes beside them is left alone.
import * as v from "valibot";
import { LabelEntries } from "./labels.ts";

const Size = v.pipe(v.number(), v.integer(), v.minValue(1));

export const ModelConfigSchema = v.object({
  max_position_embeddings: v.nullish(v.number()),
  model_type: v.nullish(v.string()),
  pad_token_id: v.nullish(v.number()),
  hidden_size: v.nullish(Size),
  vocab_size: v.nullish(v.number()),
  matryoshka_dimensions: v.nullish(v.array(Size)),
  architectures: v.nullish(v.array(v.string())),
  ...LabelEntries,
});
export type ModelConfig = v.InferOutput<typeof ModelConfigSchema>;
