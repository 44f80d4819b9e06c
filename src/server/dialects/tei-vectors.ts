// text-embeddings-inference: `/embed`, `/embed_all`, `/embed_sparse` and `/similarity`.
import type { EmbedRequest } from "../../pipelines/embed-request.ts";
import type { SparseVector, TextsRequest } from "../../pipelines/tasks.ts";
import { parseTexts } from "../body/texts.ts";
import { checkObject, parseFields, type Body } from "../body/validate.ts";
import type { ServerDeps } from "../deps.ts";
import { embedTexts } from "../embed-texts.ts";
import { runTask } from "../task-work.ts";
import {
  TeiEmbedBody, TeiEmbedIdsSchema, TeiEmbedTextsSchema, TeiParametersSchema, TeiSentencesSchema, TeiSimilarityBody,
  TeiTextsBody, TeiTextsBodySchema,
} from "../schemas/tei.ts";
import { TeiEmbedAllAnswer, TeiEmbedAnswer, TeiSimilarityAnswer, TeiSparseAnswer } from "../schemas/tei-answers.ts";
import { hasTokenIds, parseIdLists } from "../token-ids.ts";
import { shortenFloats } from "../vectors.ts";
import { checkCount, createTaskRequest, parseCut, type TeiCall, type TeiEndpoint } from "./tei-endpoint.ts";

const INPUTS = { param: "inputs", verb: "embed" };
const SOURCE = { param: "inputs.source_sentence", verb: "compare" };
const SENTENCES = { param: "inputs.sentences", verb: "compare" };

export const EMBED_ENDPOINT: TeiEndpoint = {
  name: "embed",
  summary: "A vector a text",
  tasks: ["embed"],
  request: TeiEmbedBody,
  answer: { ...TeiEmbedAnswer, description: "A vector an input, in order" },
  hasVectors: true,
  handle: answerEmbed,
};

export const EMBED_ALL_ENDPOINT: TeiEndpoint = {
  name: "embed_all",
  summary: "A vector a token, without pooling",
  tasks: ["embed"],
  request: TeiTextsBody,
  answer: { ...TeiEmbedAllAnswer, description: "A list of vectors an input: one a token, special tokens included" },
  hasVectors: true,
  handle: answerEmbedAll,
};

export const EMBED_SPARSE_ENDPOINT: TeiEndpoint = {
  name: "embed_sparse",
  summary: "A sparse vector a text (SPLADE)",
  tasks: ["sparse"],
  request: TeiTextsBody,
  answer: { ...TeiSparseAnswer, description: "An input's vocabulary entries with their weights, by index" },
  handle: answerEmbedSparse,
};

export const SIMILARITY_ENDPOINT: TeiEndpoint = {
  name: "similarity",
  summary: "How near each sentence is to the source sentence",
  tasks: ["embed"],
  request: TeiSimilarityBody,
  answer: { ...TeiSimilarityAnswer, description: "The cosine of both vectors a sentence, in order" },
  handle: answerSimilarity,
};

async function answerEmbed({ c, deps, model, body }: TeiCall): Promise<Float32Array[]> {
  const { prompt_name: prompt, normalize, dimensions, inputs, ...cut } = parseEmbedBody(body, deps);
  const { vectors } = await embedTexts(c, deps, {
    model,
    ...inputs,
    ...parseCut(cut),
    prompt: prompt ?? undefined,
    normalize: normalize ?? true,
    dimensions: dimensions ?? undefined,
  });
  return vectors;
}

type Inputs = Pick<EmbedRequest, "texts" | "tokenIds">;

/** The body with its inputs as the pipeline takes them: texts, or ids where the first of them is a number or a list. */
function parseEmbedBody(body: Body, deps: ServerDeps) {
  if (hasTokenIds(body["inputs"])) {
    const lists = parseIdLists(body["inputs"], { ...INPUTS, limit: deps.limits.inputs });
    const fields = parseFields(TeiEmbedIdsSchema, body);
    return { ...fields, inputs: { texts: [], tokenIds: lists.map(({ ids }) => ids) } satisfies Inputs };
  }
  checkCount(body["inputs"], deps, INPUTS);
  const { inputs, ...fields } = parseFields(TeiEmbedTextsSchema, body);
  return { ...fields, inputs: { texts: parseTexts(inputs, deps.limits.textBytes, INPUTS) } satisfies Inputs };
}

async function answerEmbedAll(call: TeiCall): Promise<Float32Array[][]> {
  const request = parseTextsRequest(call);
  const { vectors } = await runTask(call.c, request.texts.length, call.deps.tasks.embedTokens(request));
  return vectors;
}

async function answerEmbedSparse(call: TeiCall): Promise<object[][]> {
  const request = parseTextsRequest(call);
  const { vectors } = await runTask(call.c, request.texts.length, call.deps.tasks.embedSparse(request));
  return vectors.map(formatSparse);
}

function parseTextsRequest(call: TeiCall): TextsRequest {
  checkCount(call.body["inputs"], call.deps, INPUTS);
  const { inputs, prompt_name: prompt, ...cut } = parseFields(TeiTextsBodySchema, call.body);
  const texts = parseTexts(inputs, call.deps.limits.textBytes, INPUTS);
  return { ...createTaskRequest(call, cut), texts, prompt: prompt ?? undefined };
}

function formatSparse({ indices, values }: SparseVector): object[] {
  return shortenFloats(values).map((value, at) => ({ index: indices[at], value }));
}

async function answerSimilarity(call: TeiCall): Promise<number[]> {
  const { c, deps, body } = call;
  const inputs = checkObject(body["inputs"], ["inputs"]);
  checkCount(inputs["sentences"], deps, SENTENCES);
  const { source_sentence: sentence, sentences } = parseFields(TeiSentencesSchema, inputs, ["inputs"]);
  const parameters = checkObject(body["parameters"] ?? {}, ["parameters"]);
  const { prompt_name: prompt, ...cut } = parseFields(TeiParametersSchema, parameters, ["parameters"]);
  const [source = ""] = parseTexts(sentence, deps.limits.textBytes, SOURCE);
  const texts = parseTexts(sentences, deps.limits.textBytes, SENTENCES);
  const work = deps.tasks.similarity({ ...createTaskRequest(call, cut), source, texts, prompt: prompt ?? undefined });
  return shortenFloats(Float32Array.from((await runTask(c, texts.length + 1, work)).similarities));
}
