import { describe, expect, test } from "bun:test";
import { createApp } from "../../../src/server/app.ts";
import type { ModelStore } from "../../../src/models/manifest.ts";
import type { ApiKey } from "../../../src/server/security/api-key.ts";
import { BGE, DESCRIPTION, MANIFEST, MODEL, createFakeDeps, post } from "../fake-deps.ts";
import { createBearer, createKey } from "./keys.ts";

interface Answer {
  data?: { id: string }[];
  models?: { name: string }[];
  [field: string]: unknown;
}

const RERANKER = { id: "reranker-tiny", task: "rerank" } as const;
const MANIFESTS = [MANIFEST, { ...MANIFEST, id: BGE }, { ...MANIFEST, ...RERANKER }];

/** Knows an embedder by two names, a second one, and a reranker. */
const models: ModelStore = {
  list: async () => MANIFESTS.map(({ id, task }) => ({ id, task, embedded: false, sizeBytes: 1, modifiedAt: 1 })),
  resolve: async (name) => MANIFESTS.find(({ id }) => id === name) ?? createFakeDeps().models.resolve(name),
  identify: async (name) => ({ ...DESCRIPTION, ...MANIFESTS.find(({ id }) => id === name) }),
  describe: async (name) => ({ ...DESCRIPTION, ...MANIFESTS.find(({ id }) => id === name) }),
};

function createScoped(scope: Pick<ApiKey, "tasks" | "models">) {
  const deps = createFakeDeps({ models, apiKeys: [createKey("all"), createKey("some", scope)] });
  const app = createApp(deps);
  const ask = async (path: string, body?: object, key = "some") => {
    const response = await app.request(path, { ...(body === undefined ? {} : post(body)), ...createBearer(key) });
    return [response.status, (await response.json()) as Answer] as const;
  };
  return { ask, deps };
}

const RERANK = { model: RERANKER.id, query: "q", documents: ["d"] };
const EMBED = { model: MODEL, input: "x" };

describe("createScopedRoutes()", () => {
  test("refuses another task before any work, in the dialect's shape", async () => {
    const { ask, deps } = createScoped({ tasks: ["embed", "classify"] });
    const message = 'Cannot do the task "rerank": the API key "some" is only for "embed", "classify"';
    expect(await ask("/v2/rerank", RERANK)).toEqual([403, { message }]);
    expect(deps.calls).toEqual([]);
    expect((await ask("/v1/embeddings", EMBED))[0]).toBe(200);
    expect((await ask("/v2/rerank", RERANK, "all"))[0]).toBe(200);
  });

  test("refuses another model, and one that is not there in the same words", async () => {
    const { ask, deps } = createScoped({ models: [BGE, RERANKER.id] });
    for (const model of [MODEL, "nothing-like-it"]) {
      const message = `Cannot use model "${model}": the API key "some" is only for "${BGE}", "${RERANKER.id}"`;
      const error = { message, type: "invalid_request_error", param: "model", code: "forbidden" };
      expect(await ask("/v1/embeddings", { ...EMBED, model })).toEqual([403, { error }]);
    }
    expect(deps.requests).toEqual([]);
    expect((await ask("/v2/rerank", RERANK))[0]).toBe(200);
  });

  test("compares what names mean", async () => {
    // "x" is another name of the same model.
    const { ask } = createScoped({ models: ["x"] });
    expect((await ask("/v1/embeddings", { ...EMBED, model: "x" }))[0]).toBe(200);
    expect((await ask("/v1/embeddings", EMBED))[0]).toBe(200);
    expect((await ask("/v1/embeddings", { ...EMBED, model: BGE }))[0]).toBe(403);
  });

  test.each<[string, object]>([
    ["/api/embed", EMBED],
    ["/api/embed", { model: MODEL, keep_alive: 0 }],
    ["/api/embeddings", { model: MODEL, prompt: "x" }],
    ["/api/show", { model: MODEL }],
    ["/api/rerank", { ...RERANK, model: MODEL }],
    ["/api/classify", { model: MODEL, texts: ["x"] }],
    ["/api/classify", { model: MODEL, texts: ["x"], labels: ["y"] }],
    ["/api/recognize", { model: MODEL, texts: ["x"] }],
    ["/api/chunk", { input: "x", config: { model: MODEL } }],
    ["/openai/v1/embeddings", EMBED],
    ["/v1/embed", { model: MODEL, texts: ["x"] }],
    ["/v2/embed", { model: MODEL, texts: ["x"], input_type: "classification", embedding_types: ["float"] }],
    [`/m/${MODEL}/embed`, { inputs: "x" }],
    [`/m/${MODEL}/embed_all`, { inputs: "x" }],
    [`/m/${MODEL}/embed_sparse`, { inputs: "x" }],
    [`/m/${MODEL}/similarity`, { inputs: { source_sentence: "x", sentences: ["y"] } }],
    [`/m/${MODEL}/predict`, { inputs: "x" }],
    [`/m/${MODEL}/rerank`, { query: "x", texts: ["y"] }],
    [`/m/${MODEL}/tokenize`, { inputs: "x" }],
    [`/m/${MODEL}/decode`, { ids: [1] }],
    [`/m/${MODEL}`, { inputs: "x" }],
    ["/embed", { inputs: "x" }],
  ])("refuses POST %s %j", async (path, body) => {
    const { ask, deps } = createScoped({ models: [RERANKER.id] });
    expect((await ask(path, body))[0]).toBe(403);
    expect([deps.requests, deps.calls, deps.moves]).toEqual([[], [], []]);
    expect((await ask(path, body, "all"))[0]).not.toBe(403);
  });

  test("suggests only models that it permits", async () => {
    const { ask } = createScoped({ tasks: ["rerank"] });
    const refusal = (model: string, hint: string) => `Cannot find model "${model}": no such model in the models folder${hint}`;
    const asked = async (model: string) => (await ask("/api/show", { model }))[1]["error"];
    expect(await asked("reranker-tinn")).toBe(refusal("reranker-tinn", ' (Did you mean "reranker-tiny"?)'));
    expect(await asked(`${MODEL}x`)).toBe(refusal(`${MODEL}x`, ""));
    expect((await ask("/api/show", { model: `${MODEL}x` }, "all"))[1]["error"]).toBe(refusal(`${MODEL}x`, ` (Did you mean "${MODEL}"?)`));
  });

  test("counts tokens, loading and unloading as the model's own task", async () => {
    const { ask } = createScoped({ tasks: ["rerank"] });
    const message = 'Cannot do the task "embed": the API key "some" is only for "rerank"';
    expect(await ask("/api/embed", { model: MODEL, keep_alive: 0 })).toEqual([403, { error: message }]);
    expect(await ask(`/m/${MODEL}/tokenize`, { inputs: "x" })).toEqual([403, { error: message, error_type: "Validation" }]);
    expect((await ask(`/m/${RERANKER.id}/tokenize`, { inputs: "x" }))[0]).toBe(200);
  });

  test.each<[Pick<ApiKey, "tasks" | "models">, string[]]>([
    [{ models: ["x", BGE] }, [MODEL, BGE]],
    [{ tasks: ["rerank"] }, [RERANKER.id]],
    [{ tasks: ["embed"], models: [RERANKER.id, BGE] }, [BGE]],
  ])("lists for %j what it permits", async (scope, ids) => {
    const { ask } = createScoped(scope);
    const [, { data }] = await ask("/v1/models");
    expect(data?.map(({ id }) => id)).toEqual(ids);
    const [, { models: tags }] = await ask("/api/tags");
    expect(tags?.map(({ name }) => name)).toEqual(ids);
    expect((await ask("/v1/models", undefined, "all"))[1].data).toHaveLength(3);
    expect((await ask(`/v1/models/${MODEL}`))[0]).toBe(ids.includes(MODEL) ? 200 : 403);
  });

  test("shows of the loaded models what it permits", async () => {
    const { deps } = createScoped({});
    const loaded = () => MANIFESTS.map((manifest) => ({ manifest, isLoaded: true, progress: { phase: "programs" as const, sinceMs: 0 }, expiresAtMs: Infinity }));
    const apiKeys = [createKey("some", { tasks: ["embed"], models: [BGE, RERANKER.id] })];
    const app = createApp({ ...deps, apiKeys, embedder: { ...deps.embedder, loaded } });
    const body = (await (await app.request("/api/ps", createBearer("some"))).json()) as Answer;
    expect(body.models?.map(({ name }) => name)).toEqual([BGE]);
  });
});
