import { describe, expect, test } from "bun:test";
import { TermiteError } from "../../../src/errors.ts";
import { createApp } from "../../../src/server/app.ts";
import { MODEL, createFakeDeps } from "../fake-deps.ts";
import { ask, listCalls, readFloats, storeOf, third } from "./tei-parts.ts";

describe("POST /embed", () => {
  test("answers a list of vectors, also for one text", async () => {
    const [status, body] = await ask("/embed", { inputs: "abc" });
    expect([status, readFloats(body)]).toEqual([200, [[0.1, -1 / 3, 3 / 7].map(Math.fround)]]);
  });

  test("asks for vectors of length 1, and refuses what is too long, unless it is told otherwise", async () => {
    const deps = createFakeDeps();
    await ask("/embed", { inputs: ["a", "b"] }, deps);
    await ask(
      "/embed",
      { inputs: "a", normalize: false, truncate: true, truncation_direction: "Left", prompt_name: "query", dimensions: 2 },
      deps,
    );
    const signal = expect.any(AbortSignal);
    expect(deps.requests).toEqual([
      { model: MODEL, texts: ["a", "b"], normalize: true, truncate: false, direction: "right", prompt: undefined, dimensions: undefined, signal },
      { model: MODEL, texts: ["a"], normalize: false, truncate: true, direction: "left", prompt: "query", dimensions: 2, signal },
    ]);
  });

  test.each([
    ["one list", [1, 2], [[1, 2]]],
    ["several", [[1, 2], [3]], [[1, 2], [3]]],
  ])("takes token ids as %s", async (_, inputs, tokenIds) => {
    const deps = createFakeDeps();
    expect((await ask("/embed", { inputs }, deps))[0]).toBe(200);
    expect(deps.requests[0]).toMatchObject({ texts: [], tokenIds });
  });

  test("takes null for a field that is left out", async () => {
    const body = { inputs: "a", normalize: null, truncate: null, truncation_direction: null, prompt_name: null, dimensions: null };
    expect((await ask("/embed", body))[0]).toBe(200);
  });

  test("uses the model in the path, slashes included", async () => {
    const deps = createFakeDeps();
    for (const path of ["/m/BAAI/bge/embed", "/m/BAAI%2Fbge/embed", "/m/embed/embed"]) await ask(path, { inputs: "a" }, deps);
    expect(deps.requests.map(({ model }) => model)).toEqual(["BAAI/bge", "BAAI/bge", "embed"]);
  });

  test.each<[string, unknown, number, object]>([
    ["a body that is not JSON", "{", 422, {
      error: "Cannot read the body: it is not valid JSON (Expected '}')", error_type: "Validation",
    }],
    ["a list", [], 422, { error: "Cannot read the request: body: found an empty list, expected an object", error_type: "Validation" }],
    ["no inputs", {}, 422, {
      error: "Cannot read the request: inputs: found nothing, expected a string or a list of at least one string",
      error_type: "Validation",
    }],
    ["wrong fields, all of them", { inputs: ["a", 5], normalize: 1, truncation_direction: "up" }, 422, {
      error:
        "Cannot read the request: inputs[1]: found 5, expected a string; " +
        'truncation_direction: found "up", expected "left" or "right"; normalize: found 1, expected true or false',
      error_type: "Validation",
    }],
    ["ids that are none", { inputs: [1, -2, "a"] }, 422, {
      error: 'Cannot read the request: inputs[1]: found -2, expected a token id: a whole number, 0 or more',
      error_type: "Validation",
    }],
    ["ids of which several lists are wrong", { inputs: [[1], [2 ** 31], []] }, 422, {
      error:
        "Cannot read the request: inputs[1][0]: found 2147483648, expected a token id: a whole number, 0 or more; " +
        "inputs[2]: found an empty list, expected a list of at least one token id",
      error_type: "Validation",
    }],
    ["too many lists of ids", { inputs: Array.from({ length: 2049 }, () => [1]) }, 400, {
      error: "Cannot embed 2049 texts in one request: the limit is 2048", error_type: "Validation",
    }],
    ["no text", { inputs: [] }, 400, { error: "Cannot embed inputs: found an empty list", error_type: "Empty" }],
    ["too many texts", { inputs: Array.from({ length: 2049 }, () => "a") }, 400, {
      error: "Cannot embed 2049 texts in one request: the limit is 2048", error_type: "Validation",
    }],
    ["a text over its limit", { inputs: ["a".repeat(1001)] }, 413, {
      error: "Cannot embed inputs[0]: found 1001 bytes of text, the limit is 1000", error_type: "Validation",
    }],
  ])("refuses %s", async (_, body, status, answer) => {
    expect(await ask("/embed", body)).toEqual([status, answer]);
  });

  test.each<[TermiteError, number, object]>([
    [new TermiteError("input_too_long", "Cannot embed input 0: found 300 tokens, the limit is 256"), 413, {
      error: "Cannot embed input 0: found 300 tokens, the limit is 256", error_type: "Validation",
    }],
    [new TermiteError("model_not_found", 'Cannot find model "x": no such model', { hint: 'Did you mean "y"?' }), 404, {
      error: 'Cannot find model "x": no such model (Did you mean "y"?)', error_type: "Validation",
    }],
    [new TermiteError("runner_crashed", "Cannot run it: the process ended"), 424, {
      error: "Cannot run it: the process ended", error_type: "Backend",
    }],
    [new TermiteError("model_load_failed", 'Cannot load model "x": "/srv/x/model.onnx" is damaged'), 500, {
      error: 'Cannot load model "x": "model.onnx" is damaged', error_type: "Backend",
    }],
  ])("answers %s in its own shape", async (error, status, answer) => {
    const refuse = (): never => {
      throw error;
    };
    expect(await ask("/embed", { inputs: "a" }, createFakeDeps({}, refuse))).toEqual([status, answer]);
  });

  test("answers 503 while the server loads", async () => {
    const deps = createFakeDeps({ readiness: () => ({ status: "loading" }) });
    expect(await ask("/embed", { inputs: "a" }, deps)).toEqual([
      503,
      { error: "Cannot take work now: the default model is loading", error_type: "Unhealthy" },
    ]);
  });

  test("names default_model where the configuration has none for the task", async () => {
    const deps = createFakeDeps({ defaultModel: () => undefined });
    expect(await ask("/embed_sparse", { inputs: "a" }, deps)).toEqual([
      404,
      {
        error:
          'Cannot choose a model: found no "default_model" for "sparse" ' +
          '(name one in the path, "/m/<model>/embed_sparse", or set "default_model.sparse")',
        error_type: "Validation",
      },
    ]);
    expect((await ask("/m/x/embed_sparse", { inputs: "a" }, deps))[0]).toBe(200);
  });

  test("names the path that there is where it stands for every route", async () => {
    const deps = createFakeDeps({ defaultModel: () => undefined });
    const error =
      'Cannot choose a model: found no "default_model" for "embed" ' +
      '(name one in the path, "/m/<model>", or set "default_model.embed")';
    expect(await ask("/", { inputs: "a" }, deps)).toEqual([404, { error, error_type: "Validation" }]);
    const named = createFakeDeps(storeOf("embed"));
    expect((await ask("/m/BAAI/bge/", { inputs: "a" }, named))[0]).toBe(200);
    expect(named.requests[0]?.model).toBe("BAAI/bge");
  });

  test("answers 405 to another method", async () => {
    const response = await createApp(createFakeDeps()).request("/m/x/embed");
    expect([response.status, response.headers.get("allow"), await response.json()]).toEqual([
      405,
      "POST",
      { error: 'Cannot answer GET "/m/x/embed": expected POST', error_type: "Validation" },
    ]);
  });
});

describe("POST /embed_all", () => {
  test("answers every token's vector", async () => {
    const deps = createFakeDeps();
    const [status, body] = await ask("/embed_all", { inputs: ["ab", "c"], truncation_direction: "left" }, deps);
    const first = [0.1, -1 / 3].map(Math.fround);
    expect([status, readFloats(body)]).toEqual([200, [[first, [2, 0]], [first, [1, 0]]]]);
    const request = { model: MODEL, texts: ["ab", "c"], truncate: false, direction: "left", prompt: undefined, signal: expect.any(AbortSignal) };
    expect(listCalls(deps)).toEqual([{ task: "embedTokens", request }]);
  });
});

describe("POST /embed_sparse", () => {
  test("answers pairs of index and value by the default model for sparse vectors", async () => {
    const deps = createFakeDeps();
    const [status, body] = await ask("/embed_sparse", { inputs: "ab", prompt_name: "query" }, deps);
    const vector = [{ index: 7, value: Math.fround(0.1) }, { index: 102, value: third(2) }];
    expect([status, readFloats(body)]).toEqual([200, [vector]]);
    expect(deps.calls[0]?.request).toMatchObject({ model: "splade-tiny", texts: ["ab"], prompt: "query" });
  });
});

describe("POST /similarity", () => {
  test("answers a number a sentence", async () => {
    const deps = createFakeDeps();
    const inputs = { source_sentence: "abc", sentences: ["a", "ab"] };
    const [status, body] = await ask("/similarity", { inputs, parameters: { truncate: true, prompt_name: "query" } }, deps);
    expect([status, readFloats(body)]).toEqual([200, [third(1), third(2)]]);
    const request = { model: MODEL, source: "abc", texts: ["a", "ab"], truncate: true, direction: "right", prompt: "query" };
    expect(listCalls(deps)).toEqual([{ task: "similarity", request: { ...request, signal: expect.any(AbortSignal) } }]);
  });

  test.each<[string, unknown, number, object]>([
    ["no sentences", { inputs: { source_sentence: "a", sentences: [] } }, 400, {
      error: "Cannot compare inputs.sentences: found an empty list", error_type: "Empty",
    }],
    ["a missing source", { inputs: { sentences: ["a"] } }, 422, {
      error: "Cannot read the request: inputs.source_sentence: found nothing, expected a string", error_type: "Validation",
    }],
    ["no object", { inputs: "a" }, 422, {
      error: 'Cannot read the request: inputs: found "a", expected an object', error_type: "Validation",
    }],
    ["a wrong parameter", { inputs: { source_sentence: "a", sentences: ["b"] }, parameters: { truncate: 1 } }, 422, {
      error: "Cannot read the request: parameters.truncate: found 1, expected true or false", error_type: "Validation",
    }],
    ["a long sentence", { inputs: { source_sentence: "a", sentences: ["a", "b".repeat(1001)] } }, 413, {
      error: "Cannot compare inputs.sentences[1]: found 1001 bytes of text, the limit is 1000", error_type: "Validation",
    }],
  ])("refuses %s", async (_, body, status, answer) => {
    expect(await ask("/similarity", body)).toEqual([status, answer]);
  });
});
