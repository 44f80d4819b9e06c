// What `huggingface_hub`'s InferenceClient asks of `POST /` beside text-embeddings-inference's own: `text_classification`,
// `zero_shot_classification`, `token_classification`. It sends the options of transformers' pipelines as `parameters`.
import type { Entity } from "../../pipelines/tasks.ts";
import { parseTexts } from "../body/texts.ts";
import { checkObject, parseFields, type Body } from "../body/validate.ts";
import { createUnsupported } from "../embed-texts.ts";
import { createLabelWork } from "../own-labels.ts";
import { HubClassifySchema, HubInputsSchema, HubRecognizeSchema, HubZeroShotSchema } from "../schemas/tei-hub.ts";
import { isLeftOut, runTask } from "../task-work.ts";
import { checkCount, createTaskRequest, type TeiCall } from "./tei-endpoint.ts";
import { PREDICT_ENDPOINT, formatPrediction, shortenScore, type Prediction } from "./tei-scores.ts";

const AT = ["parameters"];

/** What makes it zero-shot: one of them without the labels is a mistake, not the model's own labels. */
const ZERO_SHOT_FIELDS = ["candidate_labels", "multi_label", "hypothesis_template"];

const NAMES = { labels: "parameters.candidate_labels", template: "parameters.hypothesis_template" };

export async function classifyForHub(call: TeiCall, parameters: Body): Promise<unknown> {
  const isZeroShot = ZERO_SHOT_FIELDS.some((name) => !isLeftOut(parameters[name]));
  return await (isZeroShot ? classifyByLabels(call, parameters) : classifyByModel(call, parameters));
}

/**
 * `text_classification` sends `parameters`, even empty ones, takes the first of a list of lists, and has its answer cut
 * to the best `top_k`. `/predict` knows none of it and answers one list.
 */
async function classifyByModel({ body, ...call }: TeiCall, parameters: Body): Promise<unknown> {
  const { top_k: count, function_to_apply: activation } = parseFields(HubClassifySchema, parameters, AT);
  if (activation === "softmax" || activation === "sigmoid") {
    throw createUnsupported("parameters.function_to_apply", 'only "none" can be asked for instead of the model\'s own');
  }
  const predictions = await PREDICT_ENDPOINT.handle({ ...call, body: { ...body, raw_scores: activation === "none" } });
  const best = Array.isArray(predictions) ? predictions.slice(0, count ?? undefined) : predictions;
  return typeof body["inputs"] === "string" ? [best] : predictions;
}

async function classifyByLabels(call: TeiCall, parameters: Body): Promise<Prediction[] | Prediction[][] | undefined> {
  const { c, deps } = call;
  const { texts, ...request } = parseInputs(call, "classify");
  const { candidate_labels: labels, hypothesis_template: template, multi_label: multiLabel } =
    parseFields(HubZeroShotSchema, parameters, AT);
  const work = createLabelWork({ texts, labels, template, multiLabel }, deps.limits, NAMES);
  const { classifications } = await runTask(c, texts.length, deps.tasks.classifyZeroShot({ ...request, ...work }));
  return formatLists(call, classifications.map((scores) => scores.map(formatPrediction)));
}

interface HubEntity {
  entity_group: string;
  score: number;
  word: string;
  start: number;
  end: number;
}

export async function recognizeForHub(call: TeiCall): Promise<HubEntity[] | HubEntity[][] | undefined> {
  const { c, deps } = call;
  const { texts, ...request } = parseInputs(call, "recognize");
  const parameters = parseParameters(call.body);
  if (parameters["aggregation_strategy"] === "none") {
    throw createUnsupported("parameters.aggregation_strategy", '"none" would answer tokens, and only entities are answered');
  }
  if (!isLeftOut(parameters["ignore_labels"])) {
    throw createUnsupported("parameters.ignore_labels", 'only "O" is left out, always');
  }
  const { aggregation_strategy: aggregation, stride } = parseFields(HubRecognizeSchema, parameters, AT);
  const work = deps.tasks.recognize({ ...request, texts, aggregation, stride: stride ?? undefined });
  const { entities } = await runTask(c, texts.length, work);
  return formatLists(call, entities.map((found) => found.map(formatEntity)));
}

/** `word` is the text itself: joined from tokens, as transformers has it, it would be in lower case for many a model. */
function formatEntity({ label, score, text, start, end }: Entity): HubEntity {
  return { entity_group: label, score: shortenScore(score), word: text, start, end };
}

function parseParameters({ parameters }: Body): Body {
  return isLeftOut(parameters) ? {} : checkObject(parameters, AT);
}

/** The texts, and what every task is asked with. */
function parseInputs(call: TeiCall, verb: string) {
  const words = { param: "inputs", verb };
  checkCount(call.body["inputs"], call.deps, words);
  const { inputs, ...cut } = parseFields(HubInputsSchema, call.body);
  return { ...createTaskRequest(call, cut), texts: parseTexts(inputs, call.deps.limits.textBytes, words) };
}

/** The list of the one text, or a list of them where there was a list of texts. */
function formatLists<T>({ body }: TeiCall, lists: T[][]): T[] | T[][] | undefined {
  return Array.isArray(body["inputs"]) ? lists : lists[0];
}
