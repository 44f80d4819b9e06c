// text-embeddings-inference: `/predict` and `/rerank`.
import type { LabelScore, TextOrPair } from "../../pipelines/tasks.ts";
import { parseTexts } from "../body/texts.ts";
import { parseFields } from "../body/validate.ts";
import { runTask } from "../task-work.ts";
import { TeiPredictAnswer, TeiRerankAnswer } from "../schemas/tei-answers.ts";
import {
  TeiPredictBody, TeiPredictManySchema, TeiPredictOneSchema, TeiRerankBody, TeiRerankBodySchema,
} from "../schemas/tei.ts";
import { shortenFloats } from "../vectors.ts";
import { checkCount, createTaskRequest, type TeiCall, type TeiEndpoint } from "./tei-endpoint.ts";

const INPUTS = { param: "inputs", verb: "classify" };
const TEXTS = { param: "texts", verb: "rerank" };

export const PREDICT_ENDPOINT: TeiEndpoint = {
  name: "predict",
  summary: "Labels of a text or a pair of texts",
  tasks: ["classify"],
  request: TeiPredictBody,
  answer: { ...TeiPredictAnswer, description: "Every label, best first; a list of such lists for inputs that are lists" },
  handle: answerPredict,
};

export const RERANK_ENDPOINT: TeiEndpoint = {
  name: "rerank",
  summary: "Texts by how well they answer a query",
  tasks: ["rerank"],
  request: TeiRerankBody,
  answer: { ...TeiRerankAnswer, description: "Every text's place in the request, best first" },
  handle: answerRerank,
};

export interface Prediction {
  score: number;
  label: string;
}

async function answerPredict(call: TeiCall): Promise<Prediction[] | Prediction[][]> {
  const { inputs } = call.body;
  if (Array.isArray(inputs) && Array.isArray(inputs[0])) return await predictMany(call);
  checkCount(inputs, call.deps, INPUTS);
  const fields = parseFields(TeiPredictOneSchema, call.body);
  const sequence = parseTexts(fields.inputs, call.deps.limits.textBytes, INPUTS);
  const [predictions = []] = await predict(call, [formatSequence(sequence)], fields);
  return predictions;
}

async function predictMany(call: TeiCall): Promise<Prediction[][]> {
  checkCount(call.body["inputs"], call.deps, INPUTS);
  const fields = parseFields(TeiPredictManySchema, call.body);
  const sequences = fields.inputs.map((sequence, index) =>
    formatSequence(parseTexts(sequence, call.deps.limits.textBytes, { ...INPUTS, param: `inputs[${index}]` })),
  );
  return await predict(call, sequences, fields);
}

type PredictFields = Parameters<typeof createTaskRequest>[1] & { raw_scores: boolean | null };

async function predict(call: TeiCall, inputs: TextOrPair[], fields: PredictFields): Promise<Prediction[][]> {
  const { raw_scores: raw, ...cut } = fields;
  const request = { ...createTaskRequest(call, cut), inputs, rawScores: raw ?? false };
  const { classifications } = await runTask(call.c, inputs.length, call.deps.tasks.classify(request));
  return classifications.map((labels) => labels.map(formatPrediction));
}

function formatSequence([first = "", second]: readonly string[]): TextOrPair {
  return second === undefined ? first : [first, second];
}

export function formatPrediction({ label, score }: LabelScore): Prediction {
  return { score: shortenScore(score), label };
}

async function answerRerank(call: TeiCall): Promise<object[]> {
  const { c, deps, body } = call;
  checkCount(body["texts"], deps, TEXTS);
  const { query, texts, raw_scores: raw, return_text: withText, ...cut } = parseFields(TeiRerankBodySchema, body);
  parseTexts(query, deps.limits.textBytes, { ...TEXTS, param: "query" });
  parseTexts(texts, deps.limits.textBytes, TEXTS);
  const work = deps.tasks.rerank({ ...createTaskRequest(call, cut), query, texts, rawScores: raw ?? false });
  const { scores } = await runTask(c, texts.length, work);
  const formatText = (index: number): object => (withText === true ? { text: texts[index] } : {});
  return scores
    .map((score, index) => ({ index, ...formatText(index), score: shortenScore(score) }))
    .sort((left, right) => right.score - left.score);
}

/** As float32, which is what the model gave. */
export function shortenScore(score: number): number {
  return shortenFloats(Float32Array.of(score))[0] ?? score;
}
