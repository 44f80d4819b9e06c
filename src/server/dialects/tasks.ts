// The native task routes: `POST /api/rerank`, `/api/classify`, `/api/recognize`, and `/api/chunk` of `chunk.ts`.
// What the Go termite knows beside these fields belongs to kinds of models that are not served here: refused by name.
import type * as v from "valibot";
import type { ClassifyResult } from "../../pipelines/tasks.ts";
import { WORK_ERRORS, describeAnswers } from "../answers.ts";
import { parseKeepAlive } from "../body/keep-alive.ts";
import { createInvalid } from "../body/problems.ts";
import { parseTexts } from "../body/texts.ts";
import { parseFields } from "../body/validate.ts";
import type { Body } from "../body/validate.ts";
import type { ServerDeps } from "../deps.ts";
import { parseDocuments } from "../documents.ts";
import { createUnsupported } from "../embed-texts.ts";
import { createLabelWork } from "../own-labels.ts";
import { answerJson } from "../route.ts";
import type { Route, ServerContext } from "../route.ts";
import {
  ClassifyAnswer, ClassifyBody, ClassifyBodySchema, RecognizeAnswer, RecognizeBody, RecognizeBodySchema, RerankAnswer,
  RerankBody, RerankBodySchema,
} from "../schemas/tasks.ts";
import { isLeftOut, readCaller, readTaskBody, runTask } from "../task-work.ts";
import { createChunkRoute } from "./chunk.ts";

export function createTaskRoutes(deps: ServerDeps): Route[] {
  const scores = { ...RerankAnswer, description: "A score a text, in order" };
  const labels = { ...ClassifyAnswer, description: "The labels of each text, best first" };
  const entities = { ...RecognizeAnswer, description: "The entities of each text, by position" };
  return [
    {
      method: "POST",
      path: "/api/rerank",
      isWork: true,
      doc: {
        summary: "How well texts answer a query",
        request: RerankBody,
        answers: describeAnswers("native", scores, WORK_ERRORS),
      },
      handle: (c) => answerScores(c, deps),
    },
    {
      method: "POST",
      path: "/api/classify",
      isWork: true,
      doc: {
        summary: "Labels of texts, the model's or your own",
        request: ClassifyBody,
        answers: describeAnswers("native", labels, WORK_ERRORS),
      },
      handle: (c) => answerLabels(c, deps),
    },
    {
      method: "POST",
      path: "/api/recognize",
      isWork: true,
      doc: {
        summary: "Entities in texts",
        request: RecognizeBody,
        answers: describeAnswers("native", entities, WORK_ERRORS),
      },
      handle: (c) => answerEntities(c, deps),
    },
    createChunkRoute(deps),
  ];
}

async function answerScores(c: ServerContext, deps: ServerDeps): Promise<Response> {
  const body = await readTaskBody(c, deps, { verb: "rerank", lists: ["prompts", "documents"] });
  const param = findDocumentsField(body);
  const fields = parseFields(RerankBodySchema, body);
  const { textBytes } = deps.limits;
  const [query = ""] = parseTexts(fields.query, textBytes, { param: "query", verb: "rerank" });
  const texts = parseDocuments(fields[param] ?? [], { param, limitBytes: textBytes });
  const request = { model: fields.model, query, texts, rawScores: fields.raw_scores };
  const { model, scores } = await runTask(c, texts.length, deps.tasks.rerank({ ...request, ...readCommon(c, fields) }));
  return answerJson(c, { model, scores });
}

/** The Go termite's word, or everybody else's; exactly one of them. Which says `prompts` where neither is there. */
function findDocumentsField(body: Body): "prompts" | "documents" {
  const hasPrompts = !isLeftOut(body["prompts"]);
  const hasDocuments = !isLeftOut(body["documents"]);
  if (hasPrompts && hasDocuments) {
    throw createInvalid([{ path: ["documents"], found: '"prompts" beside it', expected: "one of them" }]);
  }
  if (hasPrompts || hasDocuments) return hasPrompts ? "prompts" : "documents";
  throw createInvalid([{ path: ["prompts"], found: "nothing", expected: "a list of at least one text" }]);
}

async function answerLabels(c: ServerContext, deps: ServerDeps): Promise<Response> {
  const body = await readTaskBody(c, deps, { verb: "classify", lists: ["texts", "labels"] });
  const fields = parseFields(ClassifyBodySchema, body);
  const texts = parseTexts(fields.texts, deps.limits.textBytes, { param: "texts", verb: "classify" });
  const { model, classifications } = await runTask(c, texts.length, classify(c, deps, { ...fields, texts }));
  return answerJson(c, { model, classifications });
}

const NAMES = { labels: "labels", template: "hypothesis_template" };

type ClassifyFields = Omit<v.InferOutput<typeof ClassifyBodySchema>, "texts"> & { texts: readonly string[] };

/** Labels of the client's own make it zero-shot; what means nothing without them, or with them, is refused by name. */
async function classify(
  c: ServerContext,
  { tasks, limits }: ServerDeps,
  fields: ClassifyFields,
): Promise<ClassifyResult> {
  const { model, texts, labels, hypothesis_template: template, raw_scores: rawScores } = fields;
  const common = readCommon(c, fields);
  if (isLeftOut(labels)) {
    if (!isLeftOut(template)) throw createUnsupported("hypothesis_template", 'found no "labels" of your own');
    if (fields.multi_label) throw createUnsupported("multi_label", 'found no "labels" of your own');
    return await tasks.classify({ model, inputs: texts, rawScores, ...common });
  }
  if (rawScores) throw createUnsupported("raw_scores", 'labels of your own ("labels") have no logits');
  const work = createLabelWork({ texts, labels, template, multiLabel: fields.multi_label }, limits, NAMES);
  return await tasks.classifyZeroShot({ model, ...work, ...common });
}

async function answerEntities(c: ServerContext, deps: ServerDeps): Promise<Response> {
  const body = await readTaskBody(c, deps, { verb: "recognize", lists: ["texts"] });
  for (const param of ["labels", "relation_labels"]) {
    if (!isLeftOut(body[param])) throw createUnsupported(param, "a model's labels are its own");
  }
  const fields = parseFields(RecognizeBodySchema, body);
  const texts = parseTexts(fields.texts, deps.limits.textBytes, { param: "texts", verb: "recognize" });
  const request = { model: fields.model, texts, aggregation: fields.aggregation, stride: fields.stride ?? undefined };
  const work = deps.tasks.recognize({ ...request, ...readCommon(c, fields) });
  const { model, entities } = await runTask(c, texts.length, work);
  return answerJson(c, { model, entities });
}

interface CommonFields {
  truncate: boolean;
  keep_alive?: string | number | null | undefined;
}

/** What every task asks, in the pipelines' words. */
function readCommon(c: ServerContext, { truncate, keep_alive: keepAlive }: CommonFields) {
  return { truncate, keepAliveMs: parseKeepAlive(keepAlive), ...readCaller(c) };
}
