import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../../src/errors.ts";
import { createApp } from "../../../src/server/app.ts";
import { MODEL, createFakeDeps, createVector, post } from "../fake-deps.ts";

const EXPECTED_MODEL = "the name of a model";
const EXPECTED_TEXTS = "a string or a list of at least one string";
const EXPECTED_DIMENSIONS = "a whole number";
const EXPECTED_KEEP_ALIVE = 'seconds or a duration such as "5m", 0 to unload at once, below 0 for ever';

interface EmbedAnswer {
  model: string;
  embeddings: number[][];
  total_duration: number;
  load_duration: number;
  prompt_eval_count: number;
}

async function embed(body: unknown, deps = createFakeDeps(), path = "/api/embed") {
  const response = await createApp(deps).request(path, post(body));
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
      "NaN as a string",
      { model: "x", input: "a", dimensions: "NaN" },
      400,
      `Cannot read the request: dimensions: found "NaN", expected ${EXPECTED_DIMENSIONS}`,
    ],
    [
      "a keep_alive without a unit",
      { model: "x", input: "a", keep_alive: "300" },
      400,
      `Cannot read the request: keep_alive: found "300", expected ${EXPECTED_KEEP_ALIVE}`,
    ],
    [
      "a keep_alive of another type, beside a missing input",
      { model: 5, keep_alive: true },
      400,
      `Cannot read the request: model: found 5, expected ${EXPECTED_MODEL}; keep_alive: found true, expected ${EXPECTED_KEEP_ALIVE}`,
    ],
    [
      "an empty list beside keep_alive: null",
      { model: "x", input: [], keep_alive: null },
      400,
      `Cannot read the request: input: found an empty list, expected ${EXPECTED_TEXTS}`,
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
    expect([answer.deps.requests, answer.deps.moves]).toEqual([[], []]);
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

describe("POST /api/embed keep_alive", () => {
  test.each<[unknown, number | undefined]>([
    [undefined, undefined],
    [null, undefined],
    [0, 0],
    [1.5, 1500],
    [-1, Infinity],
    ["0", 0],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1.5s", 1500],
    [".5s", 500],
    ["250ms", 250],
    ["-1m", Infinity],
  ])("hands %p down as milliseconds", async (sent, keepAliveMs) => {
    const { status, deps } = await embed({ model: "x", input: "a", keep_alive: sent });
    expect([status, deps.requests[0]?.keepAliveMs]).toEqual([200, keepAliveMs]);
  });

  test.each([
    ["a missing input", {}],
    ["null", { input: null }],
    ["an empty list", { input: [] }],
  ])("loads the model when it comes with %s", async (_, input) => {
    const { status, body, deps } = await embed({ model: "x", keep_alive: "5m", ...input });
    expect<unknown[]>([status, body]).toEqual([
      200,
      { model: MODEL, embeddings: [], total_duration: expect.any(Number), load_duration: 1500, prompt_eval_count: 0 },
    ]);
    expect([deps.moves, deps.requests]).toEqual([[{ load: "x", keepAliveMs: 300_000 }], []]);
  });

  test("unloads the model without a text, and loads nothing for it", async () => {
    const { status, body, deps } = await embed({ model: "x", keep_alive: 0 });
    expect([status, body.embeddings, body.load_duration]).toEqual([200, [], 0]);
    expect([deps.moves, deps.requests]).toEqual([[{ unload: "x" }], []]);
  });

  test("takes an empty string as a text also beside it", async () => {
    const { deps } = await embed({ model: "x", input: "", keep_alive: 0 });
    expect([deps.moves, deps.requests[0]]).toMatchObject([[], { texts: [""], keepAliveMs: 0 }]);
  });

  test("answers the refusal of a model that cannot be loaded", async () => {
    const { embedder } = createFakeDeps();
    const failure = new TermiteError("model_load_failed", 'Cannot load model "x": it is damaged');
    const deps = createFakeDeps({ embedder: { ...embedder, preload: () => Promise.reject(failure) } });
    const { status, body } = await embed({ model: "x", keep_alive: -1 }, deps);
    expect([status, body]).toMatchObject([500, { error: 'Cannot load model "x": it is damaged' }]);
  });
});

describe("POST /api/embed as bytes", () => {
  const request = async (accept: string | undefined, body: unknown, deps = createFakeDeps()) => {
    const headers = accept === undefined ? {} : { accept };
    return await createApp(deps).request("/api/embed", { ...post(body), headers });
  };

  test.each([
    "application/octet-stream", "text/plain, Application/Octet-Stream;q=0.9", "application/json;q=0.1, application/octet-stream;q=0.9",
    "*/*, application/octet-stream;q=0.5, application/json;q=0", "*/*;q=0.1, application/octet-stream",
  ])("answers %p with counts and float32", async (accept) => {
    const deps = createFakeDeps();
    const response = await request(accept, { model: "x", input: ["one", "three"] }, deps);
    const { buffer } = await response.bytes();
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/octet-stream"]);
    expect([...new BigUint64Array(buffer, 0, 2)]).toEqual([2n, 3n]);
    expect([...new Float32Array(buffer, 16)]).toEqual([...createVector("one"), ...createVector("three")]);
    expect(deps.lines.at(-1)?.fields["bytesOut"]).toBe(16 + 24);
  });

  test("answers a count of 0 and nothing more when there is no text", async () => {
    const response = await request("application/octet-stream", { model: "x", keep_alive: 1 });
    expect([...(await response.bytes())]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test.each([
    undefined, "*/*", "application/*", "application/json", "application/json, application/octet-stream",
    "application/octet-stream;q=0", "application/octet-stream;q=0.5, application/json", "application/octet-stream, */*",
    "application/octet-stream;q=0.8, application/*;q=0.9, */*;q=0.1",
  ])(
    "answers %p with JSON",
    async (accept) => {
      const response = await request(accept, { model: "x", input: "a" });
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(await response.json()).toMatchObject({ model: MODEL });
    },
  );

  test("answers errors with JSON", async () => {
    const response = await request("application/octet-stream", { model: "x", input: [] });
    expect([response.status, response.headers.get("content-type"), await response.json()]).toEqual([
      400,
      "application/json",
      { error: `Cannot read the request: input: found an empty list, expected ${EXPECTED_TEXTS}` },
    ]);
  });
});

describe("POST /api/embeddings", () => {
  const ask = (body: unknown, deps = createFakeDeps()) => embed(body, deps, "/api/embeddings");

  test("answers the one vector of a prompt", async () => {
    const { status, body, deps } = await ask({ model: "x", prompt: "one", keep_alive: "1m", options: {} });
    expect([status, Object.keys(body)]).toEqual([200, ["embedding"]]);
    expect(Float32Array.from((body as unknown as { embedding: number[] }).embedding)).toEqual(createVector("one"));
    expect(deps.requests).toMatchObject([{ model: "x", texts: ["one"], truncate: true, keepAliveMs: 60_000 }]);
  });

  test.each([[{}], [{ prompt: null }], [{ prompt: "" }]])("loads the model when the prompt is %p", async (prompt) => {
    const { status, body, deps } = await ask({ model: "x", ...prompt });
    expect([status, body as unknown]).toEqual([200, { embedding: [] }]);
    expect([deps.moves, deps.requests]).toEqual([[{ load: "x", keepAliveMs: undefined }], []]);
  });

  test("unloads the model with keep_alive 0 and no prompt", async () => {
    const { body, deps } = await ask({ model: "x", keep_alive: "0s" });
    expect([body as unknown, deps.moves]).toEqual([{ embedding: [] }, [{ unload: "x" }]]);
  });

  test.each<[string, unknown, number, string]>([
    ["no fields", {}, 400, `Cannot read the request: model: found nothing, expected ${EXPECTED_MODEL}`],
    ["a list", { model: "x", prompt: ["a"] }, 400, "Cannot read the request: prompt: found a list, expected a string"],
    ["a long text", { model: "x", prompt: "a".repeat(1001) }, 413, "Cannot embed prompt: found 1001 bytes of text, the limit is 1000"],
    [
      "options.num_ctx",
      { model: "x", prompt: "a", options: { num_ctx: 1 } },
      400,
      'Cannot obey "options.num_ctx": a model\'s limit is the one of its own files',
    ],
  ])("refuses %s", async (_, sent, status, message) => {
    const answer = await ask(sent);
    expect([answer.status, answer.body as unknown]).toEqual([status, { error: message }]);
    expect([answer.deps.requests, answer.deps.moves]).toEqual([[], []]);
  });
});
