import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { createApp } from "../../src/server/app.ts";
import { isRecord } from "../../src/is-record.ts";
import type { Described } from "../../src/server/route.ts";
import * as ollamaModels from "../../src/server/schemas/ollama-models.ts";
import * as ollama from "../../src/server/schemas/ollama.ts";
import * as native from "../../src/server/schemas/native.ts";
import * as openai from "../../src/server/schemas/openai.ts";
import * as operations from "../../src/server/schemas/operations.ts";
import { MODEL, createFakeDeps, post } from "./fake-deps.ts";

const CONFIG = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  properties: {
    plugins_dir: { type: "string" },
    plugins: { type: "object", properties: { auto_install: { const: false } } },
    default: { $ref: "#/$defs/name" },
  },
  $defs: { name: { type: "string" } },
};

interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required: boolean; schema: object; example: string }[];
  requestBody?: { content: Record<string, { example: unknown }> };
  responses: Record<string, { content: Record<string, { schema: object }> }>;
}

interface Schema {
  required?: string[];
  properties: Record<string, Schema>;
  anyOf: unknown[];
}

interface Document {
  openapi: string;
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

async function readDocument(): Promise<Document> {
  const response = await createApp(createFakeDeps({ configSchema: CONFIG })).request("/openapi.json");
  return (await response.json()) as Document;
}

function findReferences(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === "$ref" && typeof item === "string" ? [item] : findReferences(item),
  );
}

function resolveReference(document: unknown, reference: string): unknown {
  const steps = reference.replace(/^#\//, "").split("/");
  return steps.reduce((at, step) => (at as Record<string, unknown> | undefined)?.[step], document);
}

describe("GET /openapi.json", () => {
  test("lists every route with its method and its answers", async () => {
    const { openapi, info, paths } = await readDocument();
    expect([openapi, info.version]).toEqual(["3.1.0", "0.1.0"]);
    const listed = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { responses }]) => `${method} ${path} ${Object.keys(responses).join()}`),
    );
    const work = "200,400,404,413,500,503,504";
    expect(listed.sort()).toEqual([
      "get / 200",
      "get /api/models 200,500",
      "get /api/ps 200,500",
      "get /api/tags 200,500",
      "get /api/version 200",
      "get /healthz 200",
      "get /openai/v1/models 200,500",
      "get /openai/v1/models/{id} 200,404,500",
      "get /openapi.json 200",
      "get /readyz 200,503",
      "get /v1/models 200,500",
      "get /v1/models/{id} 200,404,500",
      `post /api/embed ${work}`,
      `post /api/embeddings ${work}`,
      "post /api/show 200,400,404,413,500,504",
      `post /openai/v1/embeddings ${work}`,
      `post /v1/embeddings ${work}`,
    ]);
  });

  test("has an answer of the type that it says behind every route that it lists", async () => {
    const app = createApp(createFakeDeps());
    const { paths } = await readDocument();
    for (const [path, item] of Object.entries(paths)) {
      for (const [method, { parameters = [], requestBody, responses }] of Object.entries(item)) {
        const example = requestBody?.content["application/json"]?.example;
        const init = example === undefined ? { method } : { method: "POST", body: JSON.stringify(example) };
        const url = parameters.reduce((filled, { name, example: value }) => filled.replace(`{${name}}`, value), path);
        const response = await app.request(url, init);
        const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
        expect([url, response.status, Object.keys(responses["200"]?.content ?? {})[0]]).toEqual([url, 200, type]);
      }
    }
  });

  test("names what a path holds, and the form in bytes", async () => {
    const { paths } = await readDocument();
    const parameter = { name: "id", in: "path", required: true, schema: { type: "string" }, example: MODEL };
    expect(paths["/v1/models/{id}"]?.["get"]?.parameters).toEqual([parameter]);
    const description = "little-endian u64 count; if it is not 0, u64 dimensions and count times as many float32";
    const bytes = { schema: { type: "string", format: "binary", description } };
    expect(paths["/api/embed"]?.["post"]?.responses["200"]?.content["application/octet-stream"]).toEqual(bytes);
  });

  test("answers what its schemas say, on every route that says something of models", async () => {
    const app = createApp(createFakeDeps());
    const routes = [
      ["/api/tags", undefined, ollamaModels.TagsAnswer],
      ["/api/ps", undefined, ollamaModels.PsAnswer],
      ["/api/show", { model: MODEL }, ollamaModels.ShowAnswer],
      ["/api/models", undefined, native.KindsAnswer],
      ["/v1/models", undefined, openai.ModelsAnswer],
      [`/v1/models/${MODEL}`, undefined, openai.ModelAnswer],
    ] as const;
    for (const [path, body, { schema }] of routes) {
      const response = await app.request(path, body === undefined ? {} : post(body));
      expect([path, v.safeParse(schema, await response.json()).issues]).toEqual([path, undefined]);
    }
  });

  test("has no reference that leads nowhere, those inside Config included", async () => {
    const document = await readDocument();
    const references = [...new Set(findReferences(document))];
    expect(references).toContain("#/components/schemas/Config/$defs/name");
    expect(references.filter((reference) => resolveReference(document, reference) === undefined)).toEqual([]);
  });

  test("shows the configuration's schema as component Config", async () => {
    const { Config } = (await readDocument()).components.schemas;
    expect(Config?.properties).toMatchObject({
      plugins_dir: { type: "string" },
      plugins: { properties: { auto_install: { const: false } } },
    });
  });

  test("says what a request may hold", async () => {
    const { OpenAiEmbeddingsRequest: schema } = (await readDocument()).components.schemas;
    expect(schema?.required).toEqual(["model", "input"]);
    expect(schema?.properties["dimensions"]?.anyOf[0]).toMatchObject({ type: "integer" });
    expect(schema?.properties["input"]?.anyOf).toEqual([
      { type: "string" },
      { type: "array", items: { type: "string" }, minItems: 1 },
    ]);
  });

  test("has an operation id of its own for each operation", async () => {
    const { paths } = await readDocument();
    const ids = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  const described = [native, ollama, ollamaModels, openai, operations].flatMap((module) =>
    Object.values<unknown>(module).filter((value): value is Described => isRecord(value) && "example" in value),
  );
  test.each(described.map((value) => [value.name, value] as const))(
    "has an example of %s that satisfies its schema",
    (_, { schema, example }) => {
      expect(v.safeParse(schema, example).issues).toBeUndefined();
    },
  );
});
