import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../../src/errors.ts";
import { createApp } from "../../../src/server/app.ts";
import { MODEL, createFakeDeps, createVector, post } from "../fake-deps.ts";

const EXPECTED_MODEL = "the name of a model";
const EXPECTED_TEXTS = "a string or a list of at least one string";
const EXPECTED_DIMENSIONS = "a whole number from 1 to 65536";

interface EmbedAnswer {
  model: string;
  embeddings: number[][];
  total_duration: number;
  load_duration: number;
  prompt_eval_count: number;
}

async function embed(body: unknown, deps = createFakeDeps()) {
  const response = await createApp(deps).request("/api/embed", post(body));
  const answer = (await response.json()) as EmbedAnswer & { error: string };
  return { status: response.status, headers: response.headers, body: answer, deps };
}

describe("POST /api/embed", () => {
  test("answers vectors in order, counts and whole nanoseconds when given a list", async () => {
    const { status, body, deps } = await embed({ model: "x:latest", input: ["one", "", "three"], dimensions: 3 });
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(["model", "embeddings", "total_duration", "load_duration", "prompt_eval_count"]);
    expect(body.model).toBe(MODEL);
    expect(body.embeddings.map((vector) => Float32Array.from(vector))).toEqual(["one", "", "three"].map(createVector));
    expect(body.prompt_eval_count).toBe(9);
    expect(body.load_duration).toBe(1500);
    expect(Number.isInteger(body.total_duration) && body.total_duration > 0).toBe(true);
    expect(deps.requests[0]).toMatchObject({
      model: "x:latest",
      texts: ["one", "", "three"],
      truncate: true,
      dimensions: 3,
    });
  });

  test("takes an empty string as one text", async () => {
    const { status, deps } = await embed({ model: "x", input: "" });
    expect([status, deps.requests[0]?.texts]).toEqual([200, [""]]);
  });

  test("takes null for what a client leaves out, and ignores what it does not know", async () => {
    const nothing = {
      truncate: null,
      dimensions: null,
      keep_alive: null,
      options: { num_ctx: null, seed: 1 },
      other: 1,
    };
    const { status, deps } = await embed({ model: "x", input: "a", ...nothing });
    expect(status).toBe(200);
    expect(deps.requests[0]).toMatchObject({ truncate: true, dimensions: undefined });
  });

  test("hands truncate: false down", async () => {
    const { deps } = await embed({ model: "x", input: "a", truncate: false });
    expect(deps.requests[0]?.truncate).toBe(false);
  });

  test.each<[string, unknown, number, string]>([
    ["malformed JSON", '{"model":', 400, "Cannot read the body: it is not valid JSON (Unexpected EOF)"],
    [
      "NaN as JSON",
      '{"dimensions":NaN}',
      400,
      'Cannot read the body: it is not valid JSON (Unexpected identifier "NaN")',
    ],
    ["an empty body", "", 400, "Cannot read the body: it is empty, expected a JSON object"],
    ["invalid UTF-8", Uint8Array.of(0x22, 0xff, 0x22), 400, "Cannot read the body: it is not valid UTF-8"],
    [
      "a lone surrogate",
      '{"model":"x","input":["\\ud800"]}',
      400,
      "Cannot read the request: input[0]: found a lone surrogate, expected well-formed Unicode",
    ],
    ["[] as body", [], 400, "Cannot read the request: body: found an empty list, expected an object"],
    ["null as body", null, 400, "Cannot read the request: body: found null, expected an object"],
    [
      "no fields",
      {},
      400,
      `Cannot read the request: model: found nothing, expected ${EXPECTED_MODEL}; input: found nothing, expected ${EXPECTED_TEXTS}`,
    ],
    [
      "an empty model",
      { model: "", input: "a" },
      400,
      'Cannot read the request: model: found "", expected the name of a model',
    ],
    [
      "an empty list",
      { model: "x", input: [] },
      400,
      `Cannot read the request: input: found an empty list, expected ${EXPECTED_TEXTS}`,
    ],
    [
      "null as input",
      { model: "x", input: null },
      400,
      `Cannot read the request: input: found null, expected ${EXPECTED_TEXTS}`,
    ],
    [
      "an object as input",
      { model: "x", input: {} },
      400,
      `Cannot read the request: input: found an object, expected ${EXPECTED_TEXTS}`,
    ],
    [
      "numbers among texts",
      { model: "x", input: ["a", 5, "b", [1]] },
      400,
      "Cannot read the request: input[1]: found 5, expected a string; input[3]: found a list, expected a string",
    ],
    [
      "several wrong types",
      { model: 5, input: "a", truncate: "no", options: 1 },
      400,
      `Cannot read the request: model: found 5, expected ${EXPECTED_MODEL}; truncate: found "no", expected true or false; ` +
        "options: found 1, expected an object",
    ],
    [
      "zero dimensions",
      { model: "x", input: "a", dimensions: 0 },
      400,
      `Cannot read the request: dimensions: found 0, expected ${EXPECTED_DIMENSIONS}`,
    ],
    [
      "negative dimensions",
      { model: "x", input: "a", dimensions: -3 },
      400,
      `Cannot read the request: dimensions: found -3, expected ${EXPECTED_DIMENSIONS}`,
    ],
    [
      "fractional dimensions",
      { model: "x", input: "a", dimensions: 1.5 },
      400,
      `Cannot read the request: dimensions: found 1.5, expected ${EXPECTED_DIMENSIONS}`,
    ],
    [
      "infinite dimensions",
      '{"model":"x","input":"a","dimensions":1e999}',
      400,
      `Cannot read the request: dimensions: found Infinity, expected ${EXPECTED_DIMENSIONS}`,
    ],
    [
      "huge dimensions",
      { model: "x", input: "a", dimensions: 1e12 },
      400,
      `Cannot read the request: dimensions: found 1000000000000, expected ${EXPECTED_DIMENSIONS}`,
    ],
    [
      "NaN as a string",
      { model: "x", input: "a", dimensions: "NaN" },
      400,
      `Cannot read the request: dimensions: found "NaN", expected ${EXPECTED_DIMENSIONS}`,
    ],
    [
      "keep_alive",
      { model: "x", input: "a", keep_alive: "5m" },
      400,
      'Cannot obey "keep_alive": models stay loaded for as long as the server runs',
    ],
    [
      "options.num_ctx",
      { model: "x", input: "a", options: { num_ctx: 512 } },
      400,
      'Cannot obey "options.num_ctx": a model\'s limit is the one of its own files',
    ],
    [
      "1e6 inputs",
      { model: "x", input: Array.from({ length: 1e6 }, () => "") },
      400,
      "Cannot embed 1000000 texts in one request: the limit is 2048",
    ],
    [
      "1e6 wrong inputs",
      { model: "x", input: Array.from({ length: 1e6 }, () => 1) },
      400,
      "Cannot embed 1000000 texts in one request: the limit is 2048",
    ],
    [
      "a text over its limit in UTF-8",
      { model: "x", input: ["a", "é".repeat(501)] },
      413,
      "Cannot embed input[1]: found 1002 bytes of text, the limit is 1000",
    ],
    [
      "a lone text over its limit",
      { model: "x", input: "a".repeat(1001) },
      413,
      "Cannot embed input: found 1001 bytes of text, the limit is 1000",
    ],
    [
      "a body over its limit",
      { model: "x", input: "a".repeat(5_000_000) },
      413,
      "Cannot read the body: found more, the limit is 5000000 bytes",
    ],
  ])("refuses %s before any work is done", async (_, sent, status, message) => {
    const answer = await embed(sent);
    expect(answer).toMatchObject({ status, body: { error: message } });
    expect(Object.keys(answer.body)).toEqual(["error"]);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.deps.requests).toEqual([]);
  });

  test("accepts a text of exactly the limit", async () => {
    expect((await embed({ model: "x", input: "é".repeat(500) })).status).toBe(200);
  });

  test("answers the pipeline's refusal with its status and hint", async () => {
    const failure = new TermiteError("model_not_found", 'Cannot find the model "x": no such model', {
      hint: 'did you mean "y"',
    });
    const { status, body } = await embed(
      { model: "x", input: "a" },
      createFakeDeps({}, () => Promise.reject(failure)),
    );
    expect([status, body.error]).toEqual([404, 'Cannot find the model "x": no such model (did you mean "y")']);
  });
});

describe("GET /api/version", () => {
  test("answers the version", async () => {
    const response = await createApp(createFakeDeps()).request("/api/version");
    expect(await response.json()).toEqual({ version: "0.1.0" });
  });
});
