import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { createApp } from "../../../src/server/app.ts";
import { RerankAnswer } from "../../../src/server/schemas/cohere.ts";
import { MODEL, createFakeDeps, post } from "../fake-deps.ts";
import { DEFAULT_MODELS, scoreText } from "../fake-tasks.ts";

async function rerank(body: unknown, { deps = createFakeDeps(), version = 2 } = {}) {
  const response = await createApp(deps).request(`/v${version}/rerank`, post(body));
  return { status: response.status, body: (await response.json()) as object, deps };
}

const ID = /^[0-9a-f-]{36}$/;
const DOCUMENTS = ["aa", "bbbb", "cc", "d"];
const RANKED = [1, 0, 2, 3].map((index) => ({ index, relevance_score: scoreText(DOCUMENTS[index] ?? "") }));
const REFUSED = "Cannot read the request: ";

describe.each([1, 2])("POST /v%d/rerank", (version) => {
  test("gives documents best first, equal scores in their order, in Cohere's and Jina's shape", async () => {
    const { status, body, deps } = await rerank({ model: "r", query: "q", documents: DOCUMENTS }, { version });
    expect([status, body]).toEqual([
      200,
      {
        id: expect.stringMatching(ID),
        model: "r",
        results: RANKED,
        meta: { api_version: { version: String(version) }, billed_units: { search_units: 1 } },
        usage: { total_tokens: 12 },
      },
    ]);
    expect(v.safeParse(RerankAnswer.schema, body).issues).toBeUndefined();
    const request = { model: "r", query: "q", texts: DOCUMENTS, rawScores: false, truncate: true, signal: expect.any(AbortSignal) };
    expect(deps.calls).toEqual([{ task: "rerank", request }]);
  });

  test("answers {message} when the model is unknown", async () => {
    const deps = createFakeDeps();
    const rerankUnknown = async () => (await deps.models.resolve("nothing"), Promise.reject(new Error("unreachable")));
    const tasks = { ...deps.tasks, rerank: rerankUnknown };
    const { status, body } = await rerank({ model: "nothing", query: "q", documents: ["a"] }, { version, deps: { ...deps, tasks } });
    const message = `Cannot find model "nothing": no such model in the models folder (Did you mean "${MODEL}"?)`;
    expect([status, body]).toEqual([404, { message }]);
  });
});

describe("POST /v2/rerank", () => {
  test.each([
    [1, 1],
    [3, 3],
    [9, 4],
  ])("gives the best %d", async (top_n, count) => {
    const { body } = await rerank({ model: "r", query: "q", documents: DOCUMENTS, top_n });
    expect(body).toMatchObject({ results: RANKED.slice(0, count) });
  });

  test("gives documents back as they were sent", async () => {
    const documents = ["a", { text: "bb", id: 7, tags: ["x"] }];
    const { body, deps } = await rerank({ model: "r", query: "q", documents, return_documents: true });
    expect(body).toMatchObject({
      results: [
        { index: 1, relevance_score: scoreText("bb"), document: { text: "bb", id: 7, tags: ["x"] } },
        { index: 0, relevance_score: scoreText("a"), document: { text: "a" } },
      ],
    });
    expect(deps.calls[0]?.request).toMatchObject({ texts: ["a", "bb"] });
  });

  test("ranks the fields that are named, in their order", async () => {
    const documents = [{ text: "T", title: "A", author: "B" }, { author: "C" }, "plain"];
    const { deps } = await rerank({ model: "r", query: "q", documents, rank_fields: ["title", "author"] });
    expect(deps.calls[0]?.request).toMatchObject({ texts: ["A\nB", "C", "plain"] });
  });

  test("takes the default model of the task, and null for what a client leaves out", async () => {
    const nulls = { model: null, top_n: null, return_documents: null, rank_fields: null, max_chunks_per_doc: null };
    const body = { ...nulls, query: "", documents: [""], max_tokens_per_doc: null, relevant_spans: null, priority: 3 };
    const { status, deps } = await rerank(body);
    expect(status).toBe(200);
    expect(deps.calls[0]?.request).toMatchObject({ model: DEFAULT_MODELS.rerank, query: "", texts: [""] });
  });

  test("takes a limit on tokens where the model's own is no larger", async () => {
    const body = { model: MODEL, query: "q", documents: ["a"], max_chunks_per_doc: 10, max_tokens_per_doc: 256 };
    expect((await rerank(body)).status).toBe(200);
    const { status, body: refusal, deps } = await rerank({ ...body, max_tokens_per_doc: 255 });
    const message = `Cannot obey "max_tokens_per_doc": found 255, and "${MODEL}" cuts texts at its own limit of 256 tokens`;
    expect([status, refusal, deps.calls]).toEqual([400, { message }, []]);
  });

  test.each([
    [
      "no documents",
      { model: "r", query: "q", documents: [] },
      400,
      `${REFUSED}documents: found an empty list, expected a list of at least one text`,
    ],
    [
      "nothing at all",
      {},
      400,
      `${REFUSED}query: found nothing, expected a string; documents: found nothing, expected a list of at least one text`,
    ],
    ["an empty model", { model: "", query: "q", documents: ["a"] }, 400, `${REFUSED}model: found "", expected the name of a model`],
    [
      "many fields",
      { model: "r", query: "q", documents: [{ text: "a" }], rank_fields: Array.from({ length: 65 }, () => "text") },
      400,
      `${REFUSED}rank_fields: found a list, expected at most 64 keys`,
    ],
    [
      "fields that are too large together",
      { model: "r", query: "q", documents: [{ a: "a".repeat(600), b: "b".repeat(600) }], rank_fields: ["a", "b"] },
      413,
      "Cannot rerank documents[0]: found 1201 bytes of text, the limit is 1000",
    ],
    [
      "a document without any of the fields",
      { model: "r", query: "q", documents: [{ text: "a" }], rank_fields: ["title"] },
      400,
      `${REFUSED}documents[0].title: found nothing, expected a string`,
    ],
    [
      "no results",
      { model: "r", query: "q", documents: ["a"], top_n: 0 },
      400,
      `${REFUSED}top_n: found 0, expected a whole number, 1 or more`,
    ],
    [
      "spans",
      { model: "r", query: "q", documents: ["a"], relevant_spans: { enabled: true } },
      400,
      'Cannot obey "relevant_spans": a document gets a score and no spans',
    ],
    [
      "too many documents",
      { model: "r", query: "q", documents: Array.from({ length: 2049 }, () => "a") },
      400,
      "Cannot rerank 2049 texts in one request: the limit is 2048",
    ],
    [
      "too large a document",
      { model: "r", query: "q", documents: ["a".repeat(1001)] },
      413,
      "Cannot rerank documents[0]: found 1001 bytes of text, the limit is 1000",
    ],
  ])("refuses %s before any work is done", async (_, sent, status, message) => {
    const answer = await rerank(sent);
    expect([answer.status, answer.body]).toEqual([status, { message }]);
    expect(answer.deps.calls).toEqual([]);
  });

  test("refuses a request without a model where no default one is configured", async () => {
    const deps = createFakeDeps({ defaultModel: () => undefined });
    const { status, body } = await rerank({ query: "q", documents: ["a"] }, { deps });
    expect([status, body]).toEqual([400, { message: `${REFUSED}model: found nothing, expected the name of a model` }]);
  });
});
