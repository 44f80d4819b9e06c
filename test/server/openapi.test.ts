import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { createApp } from "../../src/server/app.ts";
import { isRecord } from "../../src/is-record.ts";
import type { Described } from "../../src/server/route.ts";
import * as chunk from "../../src/server/schemas/chunk.ts";
import * as cohere from "../../src/server/schemas/cohere.ts";
import * as errors from "../../src/server/schemas/errors.ts";
import * as ollamaModels from "../../src/server/schemas/ollama-models.ts";
import * as ollama from "../../src/server/schemas/ollama.ts";
import * as native from "../../src/server/schemas/native.ts";
import * as openai from "../../src/server/schemas/openai.ts";
import * as operations from "../../src/server/schemas/operations.ts";
import * as tasks from "../../src/server/schemas/tasks.ts";
import * as tei from "../../src/server/schemas/tei.ts";
import * as teiAnswers from "../../src/server/schemas/tei-answers.ts";
import { MODEL, createFakeDeps, post } from "./fake-deps.ts";
import { createKey } from "./security/keys.ts";

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
  security?: object[];
}

interface Schema {
  required?: string[];
  properties: Record<string, Schema>;
  anyOf: unknown[];
  allOf?: unknown[];
}

interface Document {
  openapi: string;
  info: { version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes?: object };
  security?: object[];
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
    const work = "200,400,404,413,429,500,503,504";
    const tei = "200,400,404,413,422,424,429,500,503,504";
    const teiRoutes = ["/decode", "/embed", "/embed_all", "/embed_sparse", "/predict", "/rerank", "/similarity", "/tokenize"];
    expect(listed.sort()).toEqual([
      "get / 200",
      "get /api/models 200,500",
      "get /api/ps 200,500",
      "get /api/tags 200,500",
      "get /api/version 200",
      "get /docs 200",
      "get /health 200,503",
      "get /healthz 200",
      "get /info 200,404,500",
      "get /m/{model}/health 200,404,500,503",
      "get /m/{model}/info 200,404,500",
      "get /metrics 200",
      "get /openai/v1/models 200,500",
      "get /openai/v1/models/{id} 200,404,500",
      "get /openapi.json 200",
      "get /readyz 200,503",
      "get /v1/models 200,500",
      "get /v1/models/{id} 200,404,500",
      `post / ${tei}`,
      `post /api/chunk ${work}`,
      `post /api/classify ${work}`,
      `post /api/embed ${work}`,
      `post /api/embeddings ${work}`,
      `post /api/recognize ${work}`,
      `post /api/rerank ${work}`,
      "post /api/show 200,400,404,413,500,504",
      `post /m/{model} ${tei}`,
      ...teiRoutes.flatMap((path) => [`post ${path} ${tei}`, `post /m/{model}${path} ${tei}`]),
      `post /openai/v1/embeddings ${work}`,
      `post /v1/embed ${work}`,
      `post /v1/embeddings ${work}`,
      `post /v1/rerank ${work}`,
      `post /v2/embed ${work}`,
      `post /v2/rerank ${work}`,
    ].sort());
  });

  test("says where a key is needed, and what is answered without a right one", async () => {
    const app = createApp(createFakeDeps({ apiKeys: [createKey("k")] }));
    const document = (await (await app.request("/openapi.json")).json()) as Document;
    expect([document.security, document.components.securitySchemes]).toEqual([
      [{ apiKey: [] }],
      { apiKey: { type: "http", scheme: "bearer" } },
    ]);
    const operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, ...operation })),
    );
    const open = operations.filter(({ security }) => security?.length === 0);
    expect(open.map(({ name }) => name).sort()).toEqual(
      ["get /", "get /docs", "get /health", "get /healthz", "get /metrics", "get /openapi.json", "get /readyz"],
    );
    expect(open.filter(({ responses }) => "401" in responses || "403" in responses)).toEqual([]);
    const guarded = operations.filter(({ security }) => security === undefined);
    expect(guarded.filter(({ responses }) => !("401" in responses && "403" in responses))).toEqual([]);
    expect((await readDocument()).security).toBeUndefined();
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
    const parameter = { name: "id", in: "path", required: true, schema: { type: "string", minLength: 1 }, example: MODEL };
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
    expect(schema?.properties["input"]?.anyOf.slice(0, 2)).toEqual([
      { type: "string" },
      { type: "array", items: { type: "string" }, minItems: 1 },
    ]);
  });

  test("has an operation id of its own for each operation", async () => {
    const { paths } = await readDocument();
    const ids = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
    expect(new Set(ids).size).toBe(ids.length);
  });

  const modules = [native, ollama, ollamaModels, openai, operations, chunk, cohere, errors, tasks, tei, teiAnswers];
  const described = modules.flatMap((module) =>
    Object.values<unknown>(module).filter((value): value is Described => isRecord(value) && "example" in value),
  );

  test("shows every request and answer under the name of one schema alone", async () => {
    const { schemas } = (await readDocument()).components;
    const names = described.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect([...names, "Config"].sort()).toEqual(Object.keys(schemas).sort());
  });

  test("says by a pattern what the template of a hypothesis holds", async () => {
    const { schemas } = (await readDocument()).components;
    const found = /"pattern":("(?:[^"\\]|\\.)*")/.exec(JSON.stringify(schemas["ClassifyRequest"]))?.[1] ?? '""';
    const pattern = new RegExp(String(JSON.parse(found)), "u");
    expect(["{}", "a {} b\n", "a", "{} {}"].map((text) => pattern.test(text))).toEqual([true, true, false, false]);
  });

  test("says which fields exclude or need each other", async () => {
    const { schemas } = (await readDocument()).components;
    const ruled = described.filter(({ rules }) => rules !== undefined);
    expect(ruled.map(({ name }) => name).sort()).toEqual([
      "ClassifyRequest", "CohereEmbedRequest", "CohereRerankRequest", "EmbedRequest", "RerankRequest",
    ]);
    expect(ruled.map(({ name }) => schemas[name]?.allOf)).toEqual(ruled.map(({ rules }) => [rules]));
  });

  test.each(described.map((value) => [value.name, value] as const))(
    "has an example of %s that satisfies its schema",
    (_, { schema, example }) => {
      expect(v.safeParse(schema, example).issues).toBeUndefined();
    },
  );
});
