import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { createApp } from "../../../src/server/app.ts";
import { quantizeBinary, quantizeInt8, quantizeUbinary, quantizeUint8 } from "../../../src/server/quantize.ts";
import { EmbedAnswer, EmbedV1Answer } from "../../../src/server/schemas/cohere.ts";
import { formatFloats } from "../../../src/server/float-text.ts";
import { MANIFEST, MODEL, createFakeDeps, createVector, post } from "../fake-deps.ts";

/** As a client reads them. */
const readFloats = (vector: Float32Array): number[] => JSON.parse(formatFloats(vector));
const formatBase64 = (vector: Float32Array): string => Buffer.from(vector.buffer).toString("base64");

async function embed(body: unknown, { deps = createFakeDeps(), version = 2 } = {}) {
  const response = await createApp(deps).request(`/v${version}/embed`, post(body));
  return { status: response.status, body: (await response.json()) as object, deps };
}

const ID = /^[0-9a-f-]{36}$/;
const TEXTS = ["a", "bc"];
const FLOATS = TEXTS.map((text) => readFloats(createVector(text)));
const REFUSED = "Cannot read the request: ";
const meta = (version: number) => ({ api_version: { version: String(version) }, billed_units: { input_tokens: 6 } });

describe("POST /v2/embed", () => {
  test("gives floats by type where no types are asked for", async () => {
    const { status, body, deps } = await embed({ model: "x", texts: TEXTS, input_type: "classification" });
    const embeddings = { float: FLOATS };
    const shape = { response_type: "embeddings_by_type", id: expect.stringMatching(ID), embeddings, texts: TEXTS, meta: meta(2) };
    expect([status, body]).toEqual([200, shape]);
    expect(v.safeParse(EmbedAnswer.schema, body).issues).toBeUndefined();
    const options = { truncate: true, direction: "right" as const, dimensions: undefined, prompt: undefined };
    expect(deps.requests).toEqual([{ model: "x", texts: TEXTS, ...options, signal: expect.any(AbortSignal) }]);
  });

  test("gives every type that is asked for", async () => {
    const embedding_types = ["base64", "float", "int8", "uint8", "binary", "ubinary"];
    const { body } = await embed({ model: "x", texts: TEXTS, embedding_types });
    const vectors = TEXTS.map(createVector);
    expect(body).toMatchObject({
      embeddings: {
        base64: vectors.map(formatBase64),
        float: FLOATS,
        int8: vectors.map(quantizeInt8),
        uint8: vectors.map(quantizeUint8),
        binary: vectors.map(quantizeBinary),
        ubinary: vectors.map(quantizeUbinary),
      },
    });
    expect(v.safeParse(EmbedAnswer.schema, body).issues).toBeUndefined();
  });

  test("makes a type once that is asked for twice", async () => {
    const embedding_types = ["int8", "float", "int8"];
    const { body } = await embed({ model: "x", texts: TEXTS, embedding_types });
    expect(body).toMatchObject({ embeddings: { int8: TEXTS.map(createVector).map(quantizeInt8), float: FLOATS } });
    const many = await embed({ model: "x", texts: TEXTS, embedding_types: Array.from({ length: 65 }, () => "float") });
    const message = `${REFUSED}embedding_types: found a list, expected at most 64 types`;
    expect([many.status, many.body, many.deps.requests]).toEqual([400, { message }, []]);
  });

  test("takes inputs of parts", async () => {
    const part = (text: string) => ({ type: "text", text });
    const inputs = [{ content: [part("a")] }, { content: [part("b"), part("c")] }];
    const { body, deps } = await embed({ model: "x", inputs, input_type: "search_query" });
    expect(deps.requests[0]?.texts).toEqual(["a", "b\nc"]);
    expect(body).toMatchObject({ texts: ["a", "b\nc"] });
  });

  test.each([
    ["search_query", "query"],
    ["search_document", "passage"],
    ["clustering", undefined],
  ])("uses the model's prompt for %s: %p", async (input_type, prompt) => {
    const prompts = { query: "query: ", passage: "passage: " };
    const deps = createFakeDeps();
    const models = { ...deps.models, resolve: async () => ({ ...MANIFEST, prompts }) };
    await embed({ model: "x", texts: ["a"], input_type }, { deps: { ...deps, models } });
    expect(deps.requests[0]?.prompt).toBe(prompt);
  });

  test.each([
    [undefined, true, "right"],
    [null, true, "right"],
    ["END", true, "right"],
    ["START", true, "left"],
    ["NONE", false, "right"],
  ])("cuts as truncate %p says", async (word, truncate, direction) => {
    const { deps } = await embed({ model: "x", texts: ["a"], truncate: word });
    expect(deps.requests.map((request) => [request.truncate, String(request.direction)])).toEqual([[truncate, direction]]);
  });

  test("hands output_dimension down, and takes the default model for none", async () => {
    const { deps } = await embed({ texts: [""], output_dimension: 64, max_tokens: null, images: null, priority: 1 });
    expect(deps.requests[0]).toMatchObject({ model: MODEL, texts: [""], dimensions: 64 });
  });

  test("takes a limit on tokens where the model's own is no larger", async () => {
    expect((await embed({ model: "x", texts: ["a"], max_tokens: 256 })).status).toBe(200);
    const { status, body, deps } = await embed({ model: "x", texts: ["a"], max_tokens: 128 });
    const message = `Cannot obey "max_tokens": found 128, and "${MODEL}" cuts texts at its own limit of 256 tokens`;
    expect<unknown[]>([status, body, deps.requests]).toEqual([400, { message }, []]);
  });

  test.each([
    ["no texts", { model: "x" }, 400, `${REFUSED}texts: found nothing, expected a list of at least one string`],
    [
      "an empty list",
      { model: "x", texts: [] },
      400,
      `${REFUSED}texts: found an empty list, expected a list of at least one string`,
    ],
    [
      "texts and inputs",
      { model: "x", texts: ["a"], inputs: [{ content: [{ type: "text", text: "a" }] }] },
      400,
      `${REFUSED}inputs: found "texts" beside it, expected one of them`,
    ],
    [
      "an image among the inputs",
      { model: "x", inputs: [{ content: [{ type: "image_url", image_url: { url: "data:" } }] }] },
      400,
      `${REFUSED}inputs[0].content[0].type: found "image_url", expected "text"; ` +
        'inputs[0].content[0].text: found nothing, expected {"type": "text", "text": …}',
    ],
    ["images", { model: "x", images: ["data:"] }, 400, 'Cannot obey "images": only text is supported'],
    [
      "the type of images",
      { model: "x", texts: ["a"], input_type: "image" },
      400,
      'Cannot obey "input_type": found "image", only text is supported',
    ],
    [
      "an unknown type of input",
      { model: "x", texts: ["a"], input_type: "query" },
      400,
      `${REFUSED}input_type: found "query", expected "search_query", "search_document", "classification", "clustering"`,
    ],
    [
      "an unknown type of vector",
      { model: "x", texts: ["a"], embedding_types: ["float", "int4"] },
      400,
      `${REFUSED}embedding_types[1]: found "int4", expected "float", "int8", "uint8", "binary", "ubinary", "base64"`,
    ],
    [
      "no types",
      { model: "x", texts: ["a"], embedding_types: [] },
      400,
      `${REFUSED}embedding_types: found an empty list, expected a list of at least one type`,
    ],
    [
      "too many inputs",
      { model: "x", inputs: Array.from({ length: 2049 }, () => ({})) },
      400,
      "Cannot embed 2049 texts in one request: the limit is 2048",
    ],
    [
      "too large a text",
      { model: "x", texts: ["a".repeat(1001)] },
      413,
      "Cannot embed texts[0]: found 1001 bytes of text, the limit is 1000",
    ],
    [
      "an unknown model",
      { model: "nothing", texts: ["a"], input_type: "search_query" },
      404,
      `Cannot find model "nothing": no such model in the models folder (Did you mean "${MODEL}"?)`,
    ],
  ])("refuses %s before any work is done", async (_, sent, status, message) => {
    const answer = await embed(sent);
    expect([answer.status, answer.body]).toEqual([status, { message }]);
    expect(answer.deps.requests).toEqual([]);
  });
});

describe("POST /v1/embed", () => {
  test("gives lists of floats where no types are asked for", async () => {
    const { status, body } = await embed({ model: "x", texts: TEXTS }, { version: 1 });
    const shape = { response_type: "embeddings_floats", embeddings: FLOATS, texts: TEXTS, meta: meta(1) };
    expect([status, body]).toEqual([200, { id: expect.stringMatching(ID), ...shape }]);
    expect(v.safeParse(EmbedV1Answer.schema, body).issues).toBeUndefined();
  });

  test("gives them by type where types are asked for", async () => {
    const { body } = await embed({ model: "x", texts: TEXTS, embedding_types: ["float"] }, { version: 1 });
    const shape = { response_type: "embeddings_by_type", embeddings: { float: FLOATS }, texts: TEXTS, meta: meta(1) };
    expect(body).toEqual({ id: expect.stringMatching(ID), ...shape });
    expect(v.safeParse(EmbedV1Answer.schema, body).issues).toBeUndefined();
  });
});
