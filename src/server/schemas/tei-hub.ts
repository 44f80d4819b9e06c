// What `huggingface_hub`'s InferenceClient posts to an address, where it is more than text-embeddings-inference takes: the
// options of transformers' pipelines as `parameters`.
import * as v from "valibot";
import { AGGREGATIONS } from "../../pipelines/tasks.ts";
import { FlagSchema, TextsSchema, formatChoices } from "./fields.ts";
import { LabelsSchema, StrideSchema, TemplateSchema } from "./tasks.ts";
import { cutFields } from "./tei-cut.ts";

const ACTIVATION = '"none", "sigmoid" or "softmax"';
const TOP_K = "a whole number above 0";

const inputFields = { inputs: TextsSchema, ...cutFields };

/** What stands beside `parameters`. */
export const HubInputsSchema = v.object(inputFields);

export const HubClassifySchema = v.object({
  top_k: v.nullish(v.pipe(v.number(TOP_K), v.integer(TOP_K), v.minValue(1, TOP_K))),
  function_to_apply: v.nullish(v.picklist(["none", "sigmoid", "softmax"], ACTIVATION)),
});

export const HubZeroShotSchema = v.object({
  candidate_labels: v.pipe(LabelsSchema, v.description("Labels of your own, judged by a model of natural-language inference")),
  multi_label: v.pipe(FlagSchema(false), v.description("True: each for itself, so that scores need not add up to 1")),
  hypothesis_template: v.nullish(
    v.pipe(TemplateSchema, v.description('The sentence that the model judges; "This example is {}." when left out')),
  ),
});

export const HubRecognizeSchema = v.object({
  aggregation_strategy: v.pipe(
    v.nullish(v.picklist(AGGREGATIONS, formatChoices(AGGREGATIONS)), "simple"),
    v.description("How tokens become an entity; `none` is refused"),
  ),
  stride: v.nullish(StrideSchema),
});

export const HubClassifyBodySchema = v.object({ ...inputFields, parameters: HubClassifySchema });
export const HubZeroShotBodySchema = v.object({ ...inputFields, parameters: HubZeroShotSchema });
export const HubRecognizeBodySchema = v.object({ ...inputFields, parameters: v.nullish(HubRecognizeSchema) });
