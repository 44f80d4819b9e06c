import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../../src/errors.ts";
import { createApp } from "../../../src/server/app.ts";
import { BGE, MODEL, createFakeDeps, createVector, post } from "../fake-deps.ts";

interface EmbeddingsAnswer {
  object: string;
  model: string;
  usage: object;
  data: { object: string; index: number; embedding: number[] | string }[];
}

async function embed(body: unknown, deps = createFakeDeps()) {
  const response = await createApp(deps).request("/v1/embeddings", post(body));
  return { status: response.status, body: (await response.json()) as EmbeddingsAnswer, deps };
}

type ErrorParts = [message: string, param: string | null, code: string];

function failure(...[message, param, code]: ErrorParts) {
  return { error: { message, type: "invalid_request_error", param, code } };
}

describe.each(["/v1", "/openai/v1"])("%s", (prefix) => {
  test("POST embeddings answers OpenAI's shape", async () => {
    const response = await createApp(createFakeDeps()).request(
      `${prefix}/embeddings`,
      post({ model: "x", input: ["a", "bc"] }),
    );
    const { data, ...rest } = (await response.json()) as EmbeddingsAnswer;
    expect(rest).toEqual({ object: "list", model: MODEL, usage: { prompt_tokens: 6, total_tokens: 6 } });
    expect(data.map(({ object, index }) => [object, index])).toEqual([
      ["embedding", 0],
      ["embedding", 1],
    ]);
    expect(Float32Array.from(data[1]?.embedding as number[])).toEqual(createVector("bc"));
  });

  test("GET models lists every model that can be used, by id", async () => {
    const response = await createApp(createFakeDeps()).request(`${prefix}/models`);
    expect(await response.json()).toEqual({
      object: "list",
      data: [
        { id: BGE, object: "model", created: 1_760_000_000, owned_by: "BAAI" },
        { id: MODEL, object: "model", created: 1_770_000_000, owned_by: "termite" },
      ],
    });
  });

  test.each([
    [BGE, { id: BGE, object: "model", created: 1_760_000_000, owned_by: "BAAI" }],
    [encodeURIComponent(BGE), { id: BGE, object: "model", created: 1_760_000_000, owned_by: "BAAI" }],
    [MODEL, { id: MODEL, object: "model", created: 1_770_000_000, owned_by: "termite" }],
    [encodeURIComponent(MODEL), { id: MODEL, object: "model", created: 1_770_000_000, owned_by: "termite" }],
  ])("GET models/%s answers the one model", async (id, model) => {
    const response = await createApp(createFakeDeps()).request(`${prefix}/models/${id}?x=1`);
    expect([response.status, await response.json()]).toEqual([200, model]);
  });

  test("GET models/{id} counts nothing in the graph", async () => {
    const { models } = createFakeDeps();
    const describeNone = async () => Promise.reject(new Error("walked the graph"));
    const identify = async () => await models.describe(MODEL);
    const deps = createFakeDeps({ models: { ...models, identify, describe: describeNone } });
    expect((await createApp(deps).request(`${prefix}/models/${MODEL}`)).status).toBe(200);
  });

  test("GET models/{id} refuses an unknown model and one that cannot load", async () => {
    const ask = async (id: string) => {
      const response = await createApp(createFakeDeps()).request(`${prefix}/models/${id}`);
      return [response.status, await response.json()];
    };
    const unknown = `Cannot find model "BAAI/bge": no such model in the models folder (Did you mean "${MODEL}"?)`;
    expect(await ask("BAAI/bge")).toEqual([404, failure(unknown, "model", "model_not_found")]);
    const message = 'Cannot load model "broken": "modules.json" is not valid JSON';
    expect(await ask("broken")).toEqual([500, { error: { message, type: "server_error", param: null, code: "model_load_failed" } }]);
  });

  test("an unknown route is refused in OpenAI's shape", async () => {
    const response = await createApp(createFakeDeps()).request(`${prefix}/nothing`);
    const message = `Cannot find "${prefix}/nothing": no such route (the routes are listed at /openapi.json)`;
    expect([response.status, await response.json()]).toEqual([404, failure(message, null, "route_not_found")]);
  });
});

describe("POST /v1/embeddings", () => {
  test("answers base64 of the vector's bytes when asked", async () => {
    const { body } = await embed({ model: "x", input: "abc", encoding_format: "base64", user: "me" });
    const bytes = Uint8Array.fromBase64(body.data[0]?.embedding as string);
    expect(new Float32Array(bytes.buffer)).toEqual(createVector("abc"));
  });

  test("takes null for what a client leaves out", async () => {
    const { status, body, deps } = await embed({
      model: "x",
      input: "a",
      encoding_format: null,
      dimensions: null,
      user: null,
    });
    expect([status, Array.isArray(body.data[0]?.embedding)]).toEqual([200, true]);
    expect(deps.requests[0]).toMatchObject({ truncate: true, dimensions: undefined });
  });

  test("hands dimensions down", async () => {
    expect((await embed({ model: "x", input: "a", dimensions: 2 })).deps.requests[0]?.dimensions).toBe(2);
  });

  test.each<[string, unknown, number, ErrorParts]>([
    [
      "malformed JSON",
      "{",
      400,
      ["Cannot read the body: it is not valid JSON (Expected '}')", null, "invalid_request"],
    ],
    [
      "a list as body",
      ["a"],
      400,
      ["Cannot read the request: body: found a list, expected an object", "body", "invalid_request"],
    ],
    [
      "a missing model",
      { input: "a" },
      400,
      ["Cannot read the request: model: found nothing, expected the name of a model", "model", "invalid_request"],
    ],
    [
      "an empty list",
      { model: "x", input: [] },
      400,
      [
        "Cannot read the request: input: found an empty list, expected a string or a list of at least one string",
        "input",
        "invalid_request",
      ],
    ],
    [
      "a wrong element",
      { model: "x", input: ["a", "b", "c", 5] },
      400,
      ["Cannot read the request: input[3]: found 5, expected a string", "input[3]", "invalid_request"],
    ],
    [
      "a wrong format",
      { model: "x", input: "a", encoding_format: "hex" },
      400,
      [
        'Cannot read the request: encoding_format: found "hex", expected "float" or "base64"',
        "encoding_format",
        "invalid_request",
      ],
    ],
    [
      "too many inputs",
      { model: "x", input: Array.from({ length: 2049 }, () => "a") },
      400,
      ["Cannot embed 2049 texts in one request: the limit is 2048", "input", "too_many_inputs"],
    ],
    [
      "too large a text",
      { model: "x", input: ["a".repeat(1001)] },
      413,
      ["Cannot embed input[0]: found 1001 bytes of text, the limit is 1000", "input[0]", "text_too_large"],
    ],
  ])("refuses %s before any work is done", async (_, sent, status, parts) => {
    const answer = await embed(sent);
    expect(answer).toMatchObject({ status });
    expect<object>(answer.body).toEqual(failure(...parts));
    expect(answer.deps.requests).toEqual([]);
  });

  test("answers 404 model_not_found with the param when the model is unknown", async () => {
    const unknown = new TermiteError("model_not_found", 'Cannot find the model "x": no such model');
    const { status, body } = await embed(
      { model: "x", input: "a" },
      createFakeDeps({}, () => Promise.reject(unknown)),
    );
    expect<unknown[]>([status, body]).toEqual([
      404,
      failure('Cannot find the model "x": no such model', "model", "model_not_found"),
    ]);
  });

  test("answers server_error when the model cannot load", async () => {
    const broken = new TermiteError("model_load_failed", 'Cannot load the model "x": /srv/models/x/model.onnx is cut');
    const { status, body } = await embed(
      { model: "x", input: "a" },
      createFakeDeps({}, () => Promise.reject(broken)),
    );
    const message = 'Cannot load the model "x": model.onnx is cut';
    expect<unknown[]>([status, body]).toEqual([
      500,
      { error: { message, type: "server_error", param: null, code: "model_load_failed" } },
    ]);
  });
});
