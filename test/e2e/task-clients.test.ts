// The official npm clients, unchanged, over the compiled file: the happy path and three errors each; and keys.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CohereClient, CohereClientV2, CohereError } from "cohere-ai";
import { Ollama } from "ollama";
import OpenAI, { AuthenticationError, BadRequestError, NotFoundError } from "openai";
import { IDS } from "../fixtures/task-models.ts";
import { get, post, startTaskServer } from "./task-server.ts";
import type { TaskServer } from "./task-server.ts";

const [KEY, EMBED_KEY, MODEL_KEY] = ["key-for-everything-1", "key-for-embedding-2", "key-for-one-model-3"] as const;
const API_KEYS = [
  KEY,
  { name: "embedding", key: EMBED_KEY, tasks: ["embed"] },
  { name: "one-model", key: MODEL_KEY, models: ["rerank-v3.5"] },
];
const WOOD = [0, 1, 0, 0, 0, 0, 0, 0];
const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

let server: TaskServer;
beforeAll(async () => (server = await startTaskServer({ api_keys: API_KEYS })));
afterAll(() => server.close());

async function catchError(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error("it did not throw");
}

describe("openai", () => {
  const open = (apiKey: string = KEY) => new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 });

  test("embeddings, in its own default base64, and models", async () => {
    const { data, model, usage } = await open().embeddings.create({ model: "text-embedding-3-small", input: ["wood", "wood"] });
    expect({ model, tokens: usage.prompt_tokens, vectors: data.map(({ embedding }) => embedding) }).toEqual({
      model: "my-embedder", tokens: 6, vectors: [WOOD, WOOD],
    });
    const ids: string[] = [];
    for await (const { id } of await open().models.list()) ids.push(id);
    expect(ids).toContain("my-reranker");
  });

  test("errors are its own classes with all four members", async () => {
    const cases = [
      [() => open().embeddings.create({ model: "my-embeder", input: "a" }), NotFoundError, { status: 404, code: "model_not_found", param: "model" }],
      [() => open().embeddings.create({ model: "my-reranker", input: "a" }), BadRequestError, { status: 400, code: "wrong_task", param: "model" }],
      [() => open("wrong-key-of-16-chars").embeddings.create({ model: "my-embedder", input: "a" }), AuthenticationError, { status: 401, code: "unauthorized" }],
    ] as const;
    for (const [work, type, members] of cases) {
      const error = await catchError(work());
      expect(error).toBeInstanceOf(type);
      expect(error).toMatchObject({ ...members, type: "invalid_request_error", message: expect.stringContaining("Cannot ") });
    }
  });
});

describe("ollama", () => {
  const open = (key: string = KEY) => new Ollama({ host: server.url, headers: { authorization: `Bearer ${key}` } });

  test("embed, embeddings, list, show", async () => {
    const { embeddings, model, prompt_eval_count: count } = await open().embed({ model: "my-embedder", input: ["wood"] });
    expect({ embeddings, model, count }).toEqual({ embeddings: [WOOD], model: "my-embedder", count: 3 });
    expect((await open().embeddings({ model: "my-embedder", prompt: "wood" })).embedding).toEqual(WOOD);
    expect((await open().list()).models.map(({ name }) => name)).toContain("my-nli");
    expect((await open().show({ model: "my-reranker" })).capabilities).toEqual(["rerank"]);
  });

  test("errors have its status and words", async () => {
    const cases = [
      [() => open().embed({ model: "my-embeder", input: "a" }), 404, 'Cannot find model "my-embeder"'],
      [() => open().embed({ model: "my-reranker", input: "a" }), 400, 'Cannot embed with "my-reranker"'],
      [() => open("wrong-key-of-16-chars").embed({ model: "my-embedder", input: "a" }), 401, "the API key that was sent is not a known one"],
    ] as const;
    for (const [work, status, words] of cases) {
      expect(await catchError(work())).toMatchObject({ status_code: status, message: expect.stringContaining(words) });
    }
  });
});

describe("cohere-ai", () => {
  const options = (token: string = KEY) => ({ token, environment: server.url, maxRetries: 0 });

  test("version 2: embed in several types, rerank", async () => {
    const client = new CohereClientV2(options());
    const embedded = await client.embed({ model: "my-embedder", texts: ["wood"], inputType: "search_query", embeddingTypes: ["float", "int8"] });
    expect(embedded.embeddings.int8).toEqual([[0, 73, 0, 0, 73, 0, 73, 0]]);
    expect(embedded.meta?.billedUnits?.inputTokens).toBe(5);
    const { results } = await client.rerank({ model: "rerank-v3.5", query: "wood", documents: ["the moon", "wood"], topN: 1 });
    expect(results).toEqual([{ index: 1, relevanceScore: sigmoid(1) }]);
  });

  test("version 1: embed, rerank with documents", async () => {
    const client = new CohereClient(options());
    const embedded = await client.embed({ model: "my-embedder", texts: ["wood"] });
    expect(embedded).toMatchObject({ responseType: "embeddings_floats", embeddings: [WOOD], texts: ["wood"] });
    const { results } = await client.rerank({ model: "my-reranker", query: "wood", documents: [{ text: "wood" }], returnDocuments: true });
    expect(results).toEqual([{ index: 0, relevanceScore: sigmoid(1), document: { text: "wood" } }]);
  });

  test("errors are its own classes", async () => {
    const client = new CohereClientV2(options());
    const cases = [
      [() => client.rerank({ model: "my-ranker", query: "a", documents: ["b"] }), 404, 'Cannot find model "my-ranker"'],
      [() => client.rerank({ model: "my-reranker", query: "a", documents: [] }), 400, "documents: found an empty list"],
      [() => new CohereClientV2(options("wrong-key-of-16-chars")).embed({ model: "my-embedder", texts: ["a"], inputType: "search_query", embeddingTypes: ["float"] }), 401, "not a known one"],
    ] as const;
    for (const [work, statusCode, words] of cases) {
      const error = await catchError(work());
      expect(error).toBeInstanceOf(CohereError);
      expect(error).toMatchObject({ statusCode, body: { message: expect.stringContaining(words) } });
    }
  });
});

describe("keys", () => {
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

  test("probes need none, everything else does, in the shape of each dialect", async () => {
    for (const path of ["/", "/health", "/healthz", "/readyz", "/openapi.json", "/docs"]) {
      expect({ path, status: (await get(`${server.url}${path}`)).status }).toEqual({ path, status: 200 });
    }
    const refused = "Cannot answer the request: no API key was sent";
    const hint = ' (send the header "Authorization: Bearer KEY")';
    expect(await get(`${server.url}/api/tags`)).toEqual({ status: 401, body: { error: refused + hint } });
    expect(await post(`${server.url}/v2/rerank`, {})).toEqual({ status: 401, body: { message: refused + hint } });
    expect(await post(`${server.url}/embed`, {})).toMatchObject({ status: 401, body: { error: refused + hint, error_type: "Validation" } });
    expect(await post(`${server.url}/v1/embeddings`, {})).toMatchObject({ status: 401, body: { error: { code: "unauthorized" } } });
  });

  test("one for a task does that task and no other", async () => {
    expect((await post(`${server.url}/embed`, { inputs: "wood" }, bearer(EMBED_KEY))).status).toBe(200);
    const refused = await post(`${server.url}/api/rerank`, { model: "my-reranker", query: "a", prompts: ["b"] }, bearer(EMBED_KEY));
    expect(refused.status).toBe(403);
    expect((await post(`${server.url}/`, { inputs: "wood" }, bearer(EMBED_KEY))).status).toBe(200);
    expect((await post(`${server.url}/m/my-classifier`, { inputs: "wood" }, bearer(EMBED_KEY))).status).toBe(403);
  });

  test("one for a model uses that model by any of its names, and sees no other", async () => {
    const rerank = (model: string) => post(`${server.url}/v2/rerank`, { model, query: "wood", documents: ["wood"] }, bearer(MODEL_KEY));
    for (const model of ["rerank-v3.5", "my-reranker", "my-reranker:latest"]) expect((await rerank(model)).status).toBe(200);
    expect((await post(`${server.url}/embed`, { inputs: [[IDS["wood"]!]] }, bearer(MODEL_KEY))).status).toBe(403);
    const { data } = (await get(`${server.url}/v1/models`, bearer(MODEL_KEY))).body as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).toEqual(["my-reranker"]);
  });
});
