// text-embeddings-inference's dialect. Its routes have no field for a model: they use the default one of their task, and
// each is there a second time under `/m/{model}`.
import { TEI_WORK_ERRORS, describeAnswers } from "../answers.ts";
import type { ServerDeps } from "../deps.ts";
import { answerJson, answerVectors, type Answer, type Route, type RouteDoc } from "../route.ts";
import { TeiErrorAnswer } from "../schemas/errors.ts";
import { TeiHealthAnswer, TeiInfoAnswer } from "../schemas/tei-answers.ts";
import { readTaskBody } from "../task-work.ts";
import { ANY_ENDPOINT } from "./tei-any.ts";
import { resolveTeiModel, type TeiEndpoint } from "./tei-endpoint.ts";
import { answerHealth, answerInfo } from "./tei-info.ts";
import { PREDICT_ENDPOINT, RERANK_ENDPOINT } from "./tei-scores.ts";
import { DECODE_ENDPOINT, TOKENIZE_ENDPOINT } from "./tei-tokens.ts";
import { EMBED_ALL_ENDPOINT, EMBED_ENDPOINT, EMBED_SPARSE_ENDPOINT, SIMILARITY_ENDPOINT } from "./tei-vectors.ts";

const ENDPOINTS: readonly TeiEndpoint[] = [
  EMBED_ENDPOINT, EMBED_ALL_ENDPOINT, EMBED_SPARSE_ENDPOINT, SIMILARITY_ENDPOINT,
  PREDICT_ENDPOINT, RERANK_ENDPOINT, TOKENIZE_ENDPOINT, DECODE_ENDPOINT,
];

/** Each counts its own. */
const NO_LISTS = { verb: "", lists: [] };

/** What stands before a route's name. */
const PREFIXES = ["", "/m/{model}"] as const;

export function createTeiRoutes(deps: ServerDeps): Route[] {
  return [
    ...PREFIXES.flatMap((prefix) => [
      ...ENDPOINTS.map((endpoint) => createWorkRoute(`${prefix}/${endpoint.name}`, endpoint, deps)),
      ...createProbeRoutes(prefix, deps),
    ]),
    createWorkRoute("/", ANY_ENDPOINT, deps),
    // The last one: a model's name takes the rest of the path.
    createWorkRoute("/m/{model}", ANY_ENDPOINT, deps),
  ];
}

function createWorkRoute(path: string, endpoint: TeiEndpoint, deps: ServerDeps): Route {
  const { summary, request, answer: described, tasks, hasVectors, handle } = endpoint;
  return {
    method: "POST",
    path,
    isWork: true,
    doc: {
      summary,
      ...describeModel(path, tasks.map(deps.defaultModel).find((name) => name !== undefined)),
      request,
      answers: describeAnswers("tei", described, TEI_WORK_ERRORS),
    },
    handle: async (c) => {
      const body = await readTaskBody(c, deps, NO_LISTS);
      const answer = await handle({ c, deps, model: resolveTeiModel(c, deps, tasks), body });
      return hasVectors === true ? await answerVectors(c, answer) : answerJson(c, answer);
    },
  };
}

function createProbeRoutes(prefix: string, deps: ServerDeps): Route[] {
  const info = { ...TeiInfoAnswer, description: "What is known of the model" };
  return [
    {
      method: "GET",
      path: `${prefix}/info`,
      doc: {
        summary: "The model and its limits",
        ...describeModel(prefix),
        answers: describeAnswers("tei", info, [404, 500]),
      },
      handle: (c) => answerInfo(c, deps),
    },
    {
      method: "GET",
      path: `${prefix}/health`,
      isProbe: true,
      doc: {
        summary: "Can it work",
        ...describeModel(prefix),
        answers: { ...describeAnswers("tei", HEALTHY, prefix === "" ? [] : [404, 500]), 503: UNHEALTHY },
      },
      handle: (c) => answerHealth(c, deps),
    },
  ];
}

const HEALTHY: Answer = { ...TeiHealthAnswer, description: "It can; without a body", mediaType: "text/plain" };

const UNHEALTHY: Answer = {
  ...TeiErrorAnswer,
  description: "It cannot: loading, draining or failed",
  example: { error: "Cannot take work now: the server is loading", error_type: "Unhealthy" },
};

/** The example is a model that can do it, where the configuration names one. */
function describeModel(path: string, model = "all-minilm-l6-v2:int8"): Pick<RouteDoc, "parameters"> {
  return path.includes("{model}") ? { parameters: { model } } : {};
}
