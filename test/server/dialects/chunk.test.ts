import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { createApp } from "../../../src/server/app.ts";
import { ChunkAnswer } from "../../../src/server/schemas/chunk.ts";
import { createFakeDeps, post } from "../fake-deps.ts";
import { DEFAULT_MODELS } from "../fake-tasks.ts";

async function chunk(body: unknown, deps = createFakeDeps()) {
  const response = await createApp(deps).request("/api/chunk", post(body));
  return { status: response.status, body: (await response.json()) as object, deps };
}

const REFUSED = "Cannot read the request: ";

describe("POST /api/chunk", () => {
  test("answers the Go termite's shape, with its defaults", async () => {
    const { status, body, deps } = await chunk({ input: "añ👩" });
    const chunks = [{ id: 0, text: "añ👩", start_char: 0, end_char: 3, mime_type: "text/plain" }];
    expect([status, body]).toEqual([200, { chunks, model: "fixed", cache_hit: false }]);
    expect(v.safeParse(ChunkAnswer.schema, body).issues).toBeUndefined();
    const request = {
      text: "añ👩",
      method: "fixed",
      model: DEFAULT_MODELS.embed,
      targetTokens: 500,
      overlapTokens: 50,
      separator: "\n\n",
      maxChunks: 50,
      signal: expect.any(AbortSignal),
    };
    expect(deps.calls).toEqual([{ task: "chunk", request }]);
  });

  test.each([
    ["a part", { input: { type: "text", text: "a b" } }],
    ["the older field", { text: "a b" }],
    ["the older field beside null", { text: "a b", input: null }],
    ["null for the configuration", { input: "a b", config: null }],
    ["fields of audio and of chunking models", { input: "a b", config: { threshold: 0.5, window_duration_ms: 30_000 } }],
  ])("takes %s", async (_, body) => {
    const { status, deps } = await chunk(body);
    expect(status).toBe(200);
    expect(deps.calls[0]?.request).toMatchObject({ text: "a b", method: "fixed", overlapTokens: 50 });
  });

  test("hands the configuration down", async () => {
    const config = { model: "sentence", target_tokens: 40, overlap_tokens: 0, separator: "", max_chunks: 2 };
    const { body, deps } = await chunk({ input: "", config });
    const request = { text: "", method: "sentence", targetTokens: 40, overlapTokens: 0, separator: "", maxChunks: 2 };
    expect(deps.calls[0]?.request).toMatchObject(request);
    expect(body).toMatchObject({ model: "sentence" });
  });

  test.each([
    [40, 4],
    [5, 0],
    [499, 49],
    [1000, 50],
  ])("overlaps pieces of %d tokens by %d unless it is told otherwise", async (target, overlapTokens) => {
    const { deps } = await chunk({ input: "a", config: { target_tokens: target, overlap_tokens: null } });
    expect(deps.calls[0]?.request).toMatchObject({ overlapTokens });
  });

  test("counts the tokens of the model that is named", async () => {
    const { body, deps } = await chunk({ input: "a", config: { model: "bge" } });
    expect(deps.calls[0]?.request).toMatchObject({ method: "fixed", model: "bge" });
    expect(body).toMatchObject({ model: "bge" });
  });

  test.each([
    [
      "no input",
      {},
      400,
      `${REFUSED}input: found nothing, expected a string or {"type": "text", "text": …}`,
    ],
    ["media", { input: { type: "media", data: "" } }, 400, 'Cannot obey "input": found media, only text is supported'],
    ["another part", { input: { type: "link", text: "a" } }, 400, `${REFUSED}input.type: found "link", expected "text"`],
    [
      "a list as configuration",
      { input: "a", config: [] },
      400,
      `${REFUSED}config: found an empty list, expected an object`,
    ],
    ["a word as configuration", { input: "a", config: "fixed" }, 400, `${REFUSED}config: found "fixed", expected an object`],
    [
      "an empty model",
      { input: "a", config: { model: "" } },
      400,
      `${REFUSED}config.model: found "", expected "fixed", "sentence" or the name of a model`,
    ],
    [
      "no tokens, and no chunks",
      { input: "a", config: { target_tokens: 0, max_chunks: 1.5 } },
      400,
      `${REFUSED}config.target_tokens: found 0, expected a whole number, 1 or more; ` +
        "config.max_chunks: found 1.5, expected a whole number, 1 or more",
    ],
    [
      "too large a text",
      { input: "a".repeat(1001) },
      413,
      "Cannot chunk input: found 1001 bytes of text, the limit is 1000",
    ],
  ])("refuses %s before any work is done", async (_, sent, status, error) => {
    const answer = await chunk(sent);
    expect([answer.status, answer.body]).toEqual([status, { error }]);
    expect(answer.deps.calls).toEqual([]);
  });

  test("says so when there is no default model whose tokens could be counted", async () => {
    const { status, body } = await chunk({ input: "a" }, createFakeDeps({ defaultModel: () => undefined }));
    const error = `${REFUSED}config.model: found "fixed", expected the name of a model, as there is no default one`;
    expect([status, body]).toEqual([400, { error }]);
  });
});
