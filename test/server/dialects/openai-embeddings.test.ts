import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { createApp } from "../../../src/server/app.ts";
import type { ServerDeps } from "../../../src/server/deps.ts";
import { quantizeBinary, quantizeUbinary } from "../../../src/server/quantize.ts";
import { EmbeddingsAnswer, EmbeddingsBody } from "../../../src/server/schemas/openai.ts";
import { formatFloats } from "../../../src/server/float-text.ts";
import { MANIFEST, createFakeDeps, createVector, post } from "../fake-deps.ts";

/** As a client reads them. */
const readFloats = (vector: Float32Array): number[] => JSON.parse(formatFloats(vector));
const formatBase64 = (vector: Float32Array): string => Buffer.from(vector.buffer).toString("base64");

async function embed(body: unknown, deps = createFakeDeps()) {
  const response = await createApp(deps).request("/v1/embeddings", post(body));
  return { status: response.status, body: (await response.json()) as object, deps };
}

const withIds = (openaiTokenIds: ServerDeps["openaiTokenIds"]) => createFakeDeps({ openaiTokenIds });

function failure(message: string, param: string, code = "invalid_request") {
  return { error: { message, type: "invalid_request_error", param, code } };
}

const REFUSED = "Cannot read the request: ";
const HELLO = [15339, 1917];

describe("POST /v1/embeddings with token ids", () => {
  test.each([
    ["one list is one text", HELLO, ["hello world"]],
    ["a list of lists is several", [HELLO, [0], [100257]], ["hello world", "!", "<|endoftext|>"]],
  ])("decodes cl100k ids: %s", async (_, input, texts) => {
    const { status, body, deps } = await embed({ model: "x", input });
    expect(status).toBe(200);
    const data = texts.map((text, index) => ({ object: "embedding", index, embedding: readFloats(createVector(text)) }));
    expect(body).toMatchObject({ data });
    expect(deps.requests.map(({ tokenIds, texts: seen }) => ({ tokenIds, texts: seen }))).toEqual([{ tokenIds: undefined, texts }]);
  });

  test.each([
    ["one list is one text", [101, 7592, 102], [[101, 7592, 102]]],
    ["a list of lists is several", [[101, 102], [2 ** 31 - 1]], [[101, 102], [2 ** 31 - 1]]],
  ])("hands ids to the model as they are where the configuration says so: %s", async (_, input, tokenIds) => {
    const { status, deps } = await embed({ model: "x", input, dimensions: 2 }, withIds("model"));
    expect([status, deps.requests[0]]).toEqual([
      200,
      { model: "x", texts: [], tokenIds, truncate: true, dimensions: 2, prompt: undefined, signal: expect.any(AbortSignal) },
    ]);
    expect(deps.lines.at(-1)?.fields).toMatchObject({ inputs: tokenIds.length });
  });

  test("takes more ids in one list than texts in one request", async () => {
    const input = Array.from({ length: 3000 }, () => 7);
    expect((await embed({ model: "x", input }, withIds("model"))).deps.requests[0]?.tokenIds).toEqual([input]);
  });

  test.each([[HELLO], [[HELLO]], ["a"], [["a"]]])("has %p in the schema that the document shows", (input) => {
    expect(v.safeParse(EmbeddingsBody.schema, { model: "x", input }).issues).toBeUndefined();
  });

  test.each([[[]], [[[]]], [[1.5]], [[-1]], [[1, "a"]]])("has %p not in it", (input) => {
    expect(v.safeParse(EmbeddingsBody.schema, { model: "x", input }).success).toBe(false);
  });

  test.each([[HELLO], [[HELLO]]])("refuses %p where the configuration says so", async (input) => {
    const { status, body, deps } = await embed({ model: "x", input }, withIds("refuse"));
    const message = 'Cannot obey "input": found token ids, only text is supported';
    expect<unknown[]>([status, body, deps.requests]).toEqual([400, failure(message, "input", "unsupported_field"), []]);
  });

  test.each<[string, unknown, string, string]>([
    [
      "an id that the vocabulary lacks",
      { model: "x", input: [[0], [1, 100256]] },
      `${REFUSED}input[1][1]: found 100256, expected a token id of cl100k_base`,
      "input[1][1]",
    ],
    [
      "a fraction and a negative number",
      { model: "x", input: [[1.5], [0, -1]] },
      `${REFUSED}input[0][0]: found 1.5, expected a token id: a whole number, 0 or more; ` +
        "input[1][1]: found -1, expected a token id: a whole number, 0 or more",
      "input[0][0]",
    ],
    [
      "text among ids",
      { model: "x", input: [1, "a"] },
      `${REFUSED}input[1]: found "a", expected a token id: a whole number, 0 or more`,
      "input[1]",
    ],
    [
      "text among lists",
      { model: "x", input: [[1], "a", []] },
      `${REFUSED}input[1]: found "a", expected a list of at least one token id; ` +
        "input[2]: found an empty list, expected a list of at least one token id",
      "input[1]",
    ],
    ["ids without a model", { input: HELLO }, `${REFUSED}model: found nothing, expected the name of a model`, "model"],
  ])("refuses %s before any work is done", async (_, sent, message, param) => {
    const { status, body, deps } = await embed(sent);
    expect<unknown[]>([status, body, deps.requests]).toEqual([400, failure(message, param), []]);
  });

  test("refuses too many lists, and ids of too long a text", async () => {
    const many = await embed({ model: "x", input: Array.from({ length: 2049 }, () => [1]) });
    const tooMany = "Cannot embed 2049 texts in one request: the limit is 2048";
    expect<unknown[]>([many.status, many.body]).toEqual([400, failure(tooMany, "input", "too_many_inputs")]);
    const long = await embed({ model: "x", input: [[0], Array.from({ length: 1001 }, () => 0)] });
    const tooLong = "Cannot embed input[1]: found token ids of more text than the limit of 1000 bytes";
    expect<unknown[]>([long.status, long.body]).toEqual([413, failure(tooLong, "input[1]", "text_too_large")]);
  });
});

describe("POST /v1/embeddings with Jina's fields", () => {
  test.each([
    ["retrieval.query", "query"],
    ["retrieval.passage", "passage"],
    ["text-matching", undefined],
  ])("uses the model's prompt for %s: %p", async (task, prompt) => {
    const deps = createFakeDeps();
    const prompts = { query: "query: ", passage: "passage: " };
    const models = { ...deps.models, resolve: async () => ({ ...MANIFEST, prompts }) };
    const { status } = await embed({ model: "x", input: "a", task, late_chunking: false, truncate: false }, { ...deps, models });
    expect([status, deps.requests[0]?.prompt, deps.requests[0]?.truncate]).toEqual([200, prompt, false]);
  });

  test.each([
    ["float", readFloats],
    ["base64", formatBase64],
    ["binary", quantizeBinary],
    ["ubinary", quantizeUbinary],
  ] as const)("answers embedding_type %s", async (embedding_type, format) => {
    const { body } = await embed({ model: "x", input: "abc", embedding_type });
    expect(body).toMatchObject({ data: [{ embedding: format(createVector("abc")) }] });
    expect(v.safeParse(EmbeddingsAnswer.schema, body).issues).toBeUndefined();
  });

  test("brings vectors to unit length when asked", async () => {
    const { body } = await embed({ model: "x", input: "abc", normalized: true });
    const [{ embedding }] = (body as { data: [{ embedding: number[] }] }).data;
    expect(Math.hypot(...embedding)).toBeCloseTo(1, 6);
  });

  test.each([
    ["late_chunking", true, 'Cannot obey "late_chunking": each text is embedded by itself', "unsupported_field"],
    ["return_multivector", true, 'Cannot obey "return_multivector": a text gets one vector', "unsupported_field"],
    [
      "task",
      "summary",
      `${REFUSED}task: found "summary", expected "retrieval.query", "retrieval.passage", "classification", "separation", "text-matching"`,
      "invalid_request",
    ],
    [
      "embedding_type",
      ["float", "binary"],
      `${REFUSED}embedding_type: found a list, expected "float", "base64", "binary", "ubinary"`,
      "invalid_request",
    ],
  ])("refuses %s %p before any work is done", async (field, value, message, code) => {
    const { status, body, deps } = await embed({ model: "x", input: "a", [field]: value });
    expect<unknown[]>([status, body, deps.requests]).toEqual([400, failure(message, field, code), []]);
  });
});
