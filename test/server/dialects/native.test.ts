import { describe, expect, test } from "bun:test";
import { createApp } from "../../../src/server/app.ts";
import { BGE, MODEL, createFakeDeps } from "../fake-deps.ts";

describe("GET /api/version", () => {
  test("answers the version", async () => {
    const response = await createApp(createFakeDeps()).request("/api/version");
    expect(await response.json()).toEqual({ version: "0.1.0" });
  });
});

const FILE = { embedded: false, sizeBytes: 1, modifiedAt: 1 };

describe("GET /api/models", () => {
  test("lists the usable models by what they are for, in the Go termite's shape", async () => {
    const { models } = createFakeDeps();
    const list = async () => [
      ...(await models.list()),
      { id: "ranker", kind: "rerankers" as const, ...FILE },
      { id: "loose-ranker", task: "rerank" as const, ...FILE },
      { id: "misplaced", task: "classify" as const, kind: "rerankers" as const, ...FILE },
      { id: "splade", task: "sparse" as const, ...FILE },
      { id: "tagger", task: "recognize" as const, ...FILE },
      { id: "cutter", task: "embed" as const, kind: "chunkers" as const, ...FILE },
    ];
    const response = await createApp(createFakeDeps({ models: { ...models, list } })).request("/api/models");
    expect(await response.json()).toEqual({
      chunkers: ["cutter"],
      rerankers: ["ranker", "loose-ranker"],
      embedders: [BGE, MODEL, "splade"],
      recognizers: ["tagger"],
      classifiers: ["misplaced"],
      generators: [],
      extractors: [],
      rewriters: [],
      readers: [],
      transcribers: [],
    });
  });
});
