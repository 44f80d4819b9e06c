import { describe, expect, test } from "bun:test";
import type { Task } from "../../../src/models/manifest.ts";
import { createApp } from "../../../src/server/app.ts";
import { DESCRIPTION, MANIFEST, MODEL, createFakeDeps } from "../fake-deps.ts";

describe("GET /info", () => {
  const LABELS = { id2label: { "0": "bad", "1": "good" }, label2id: { bad: 0, good: 1 } };

  test("says what is known of the default model", async () => {
    const response = await createApp(createFakeDeps()).request("/info");
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        model_id: MODEL,
        model_sha: null,
        model_dtype: "int8",
        model_type: { embedding: { pooling: "mean" } },
        max_input_length: 256,
        max_client_batch_size: 2048,
        auto_truncate: false,
        version: "0.1.0",
      },
    ]);
  });

  test.each<[Task, object]>([
    ["sparse", { embedding: { pooling: "splade" } }],
    ["rerank", { reranker: LABELS }],
    ["classify", { classifier: LABELS }],
    ["recognize", { classifier: LABELS }],
  ])("says what a model for %s is", async (task, type) => {
    const { models } = createFakeDeps();
    const resolve = async (id: string) => ({ ...MANIFEST, id, task, labels: ["bad", "good"] });
    const describe = async (id: string) => ({ ...DESCRIPTION, id, task, weights: {} });
    const response = await createApp(createFakeDeps({ models: { ...models, resolve, describe } })).request("/m/a/b/info");
    expect(await response.json()).toMatchObject({ model_id: "a/b", model_dtype: null, model_type: type });
  });

  test("answers 404 for a model that is not there", async () => {
    const response = await createApp(createFakeDeps()).request("/m/y/info");
    const error = `Cannot find model "y": no such model in the models folder (Did you mean "${MODEL}"?)`;
    expect([response.status, await response.json()]).toEqual([404, { error, error_type: "Validation" }]);
  });
});

describe("GET /health", () => {
  test.each(["/health", `/m/${MODEL}/health`])("is 200 without a body at %s, and logged at debug", async (path) => {
    const deps = createFakeDeps();
    const response = await createApp(deps).request(path);
    expect([response.status, await response.text()]).toEqual([200, ""]);
    if (path === "/health") expect(deps.lines.map(({ level }) => level)).toEqual(["debug"]);
  });

  test.each([
    ["loading", undefined, "Cannot take work now: the server is loading"],
    ["failed", 'cannot read "/srv/m/model.onnx"', 'Cannot take work now: the server is failed (cannot read "model.onnx")'],
  ] as const)("is 503 with the reason while it is %s", async (status, reason, error) => {
    const readiness = () => (reason === undefined ? { status } : { status, reason });
    const response = await createApp(createFakeDeps({ readiness })).request("/health");
    expect([response.status, await response.json()]).toEqual([503, { error, error_type: "Unhealthy" }]);
  });

  test("is 404 for a model that is not there", async () => {
    expect((await createApp(createFakeDeps()).request("/m/y/health")).status).toBe(404);
  });
});
