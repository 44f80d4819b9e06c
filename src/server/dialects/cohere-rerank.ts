// `POST /v1/rerank` and `/v2/rerank`, in the shape that Cohere's and Jina's clients read.
import type { RerankResult } from "../../pipelines/tasks.ts";
import { WORK_ERRORS, describeAnswers } from "../answers.ts";
import { parseTexts } from "../body/texts.ts";
import { parseFields } from "../body/validate.ts";
import { COHERE_VERSIONS, checkTokenLimit, createMeta, resolveModel } from "../cohere-request.ts";
import type { CohereVersion } from "../cohere-request.ts";
import type { ServerDeps } from "../deps.ts";
import { parseDocuments } from "../documents.ts";
import type { RankDocument } from "../documents.ts";
import { checkUnsupported } from "../embed-texts.ts";
import { answerJson } from "../route.ts";
import type { Route, ServerContext } from "../route.ts";
import { RerankAnswer, RerankBody, RerankBodySchema } from "../schemas/cohere.ts";
import { isLeftOut, readCaller, readTaskBody, runTask } from "../task-work.ts";

const UNSUPPORTED = { relevant_spans: "a document gets a score and no spans" };

export function createCohereRerankRoutes(deps: ServerDeps): Route[] {
  const ranked = { ...RerankAnswer, description: "The documents, best first" };
  return COHERE_VERSIONS.map((version) => ({
    method: "POST",
    path: `/v${version}/rerank`,
    isWork: true,
    doc: {
      summary: "Documents by how well they answer a query, in Cohere's and Jina's shape",
      request: RerankBody,
      answers: describeAnswers("cohere", ranked, WORK_ERRORS),
    },
    handle: (c) => answerRanked(c, deps, version),
  }));
}

async function answerRanked(c: ServerContext, deps: ServerDeps, version: CohereVersion): Promise<Response> {
  const body = await readTaskBody(c, deps, { verb: "rerank", lists: ["documents"] });
  checkUnsupported(body, UNSUPPORTED);
  const fields = parseFields(RerankBodySchema, body);
  const model = resolveModel(fields.model, "rerank", deps);
  const { textBytes: limitBytes } = deps.limits;
  const [query = ""] = parseTexts(fields.query, limitBytes, { param: "query", verb: "rerank" });
  const texts = parseDocuments(fields.documents, { param: "documents", limitBytes, fields: fields.rank_fields });
  if (!isLeftOut(fields.max_tokens_per_doc)) {
    checkTokenLimit("max_tokens_per_doc", fields.max_tokens_per_doc, await deps.models.resolve(model));
  }
  const request = { model, query, texts, rawScores: false, truncate: true, ...readCaller(c) };
  const result = await runTask(c, texts.length, deps.tasks.rerank(request));
  const ranked = rankDocuments(result, fields.top_n ?? texts.length);
  const addDocument = (one: Ranked) => ({ ...one, document: formatDocument(fields.documents[one.index]) });
  return answerJson(c, {
    id: crypto.randomUUID(),
    model: result.model,
    results: fields.return_documents ? ranked.map(addDocument) : ranked,
    meta: createMeta(version, { search_units: 1 }),
    usage: { total_tokens: result.promptTokens },
  });
}

interface Ranked {
  index: number;
  relevance_score: number;
}

/** Best first; the sort is stable, so equal scores stay in the documents' order. */
function rankDocuments({ scores }: RerankResult, count: number): Ranked[] {
  const ranked = scores.map((score, index) => ({ index, relevance_score: score }));
  return ranked.sort((left, right) => right.relevance_score - left.relevance_score).slice(0, count);
}

/** An object comes back as it was sent. */
function formatDocument(document: RankDocument | undefined): object {
  return typeof document === "object" ? document : { text: document };
}
