import { describe, expect, test } from "bun:test";
import { createApp } from "../../../src/server/app.ts";
import { BGE, MODEL, createFakeDeps } from "../fake-deps.ts";

describe("GET /api/version", () => {
  test("answers the version", async () => {
    const response = await createApp(createFakeDeps()).request("/api/version");
    expect(await response.json()).toEqual({ version: "0.1.0" });
  });
});

describe("GET /api/models", () => {
  test("lists the usable models by what their folder says they are for, in the Go termite's shape", async () => {
    const { models } = createFakeDeps();
    const list = async () => [
      ...(await models.list()),
      { id: "ranker", kind: "rerankers" as const, embedded: false, sizeBytes: 1, modifiedAt: 1 },
    ];
    const response = await createApp(createFakeDeps({ models: { ...models, list } })).request("/api/models");
    expect(await response.json()).toEqual({
      chunkers: [],
      rerankers: ["ranker"],
      embedders: [BGE, MODEL],
      recognizers: [],
      classifiers: [],
      generators: [],
      extractors: [],
      rewriters: [],
      readers: [],
      transcribers: [],
    });
  });
});
