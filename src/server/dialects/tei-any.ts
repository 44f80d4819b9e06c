// text-embeddings-inference: `POST /`, which does what the model is for. Hugging Face's own clients (`huggingface_hub`'s
// InferenceClient on an address) post here whatever they are asked for.
import { isRecord } from "../../is-record.ts";
import { TASKS, type Task } from "../../task.ts";
import { createUnsupported } from "../embed-texts.ts";
import { TeiAnyAnswer } from "../schemas/tei-answers.ts";
import { TeiAnyBody } from "../schemas/tei.ts";
import type { TeiCall, TeiEndpoint } from "./tei-endpoint.ts";
import { classifyForHub, recognizeForHub } from "./tei-hub.ts";
import { PREDICT_ENDPOINT, RERANK_ENDPOINT } from "./tei-scores.ts";
import { EMBED_ENDPOINT, EMBED_SPARSE_ENDPOINT, SIMILARITY_ENDPOINT } from "./tei-vectors.ts";

export const ANY_ENDPOINT: TeiEndpoint = {
  name: "",
  summary: "What the model is for: `/embed` (or `/similarity`), `/embed_sparse`, `/predict`, `/rerank`, or entities",
  tasks: TASKS,
  hasVectors: true,
  request: TeiAnyBody,
  answer: { ...TeiAnyAnswer, description: "As that route answers; a list of entities of a text" },
  handle: answerAny,
};

const HANDLES: Readonly<Record<Task, TeiEndpoint["handle"]>> = {
  embed: (call) => (isRecord(call.body["inputs"]) ? SIMILARITY_ENDPOINT : EMBED_ENDPOINT).handle(checkFormat(call)),
  sparse: EMBED_SPARSE_ENDPOINT.handle,
  rerank: RERANK_ENDPOINT.handle,
  classify: (call) => {
    const { parameters } = call.body;
    return isRecord(parameters) ? classifyForHub(call, parameters) : PREDICT_ENDPOINT.handle(call);
  },
  recognize: recognizeForHub,
};

async function answerAny(call: TeiCall): Promise<unknown> {
  const { task } = await call.deps.models.describe(call.model);
  return await HANDLES[task](call);
}

/** `feature_extraction` can ask for vectors as text in base64. */
function checkFormat(call: TeiCall): TeiCall {
  const format = call.body["encoding_format"] ?? "float";
  if (format !== "float") throw createUnsupported("encoding_format", 'only "float" is supported');
  return call;
}
