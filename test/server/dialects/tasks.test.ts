import { describe, expect, test } from "bun:test";
import * as v from "valibot";
import { TermiteError } from "../../../src/errors.ts";
import { createApp } from "../../../src/server/app.ts";
import * as schemas from "../../../src/server/schemas/tasks.ts";
import { createFakeDeps, post } from "../fake-deps.ts";
import { scoreText } from "../fake-tasks.ts";

async function ask(route: string, body: unknown, deps = createFakeDeps()) {
  const response = await createApp(deps).request(`/api/${route}`, post(body));
  return { status: response.status, body: (await response.json()) as object, deps };
}

const COMMON = { truncate: true, keepAliveMs: undefined };
const REFUSED = "Cannot read the request: ";

describe("POST /api/rerank", () => {
  const PROMPTS = ["abcd", "a", ""];

  test.each([
    ["prompts", PROMPTS],
    ["documents", PROMPTS],
    ["documents", ["abcd", { text: "a", title: "ignored" }, { text: "" }]],
  ])("gives the scores of %s in their order", async (field, texts) => {
    const { status, body, deps } = await ask("rerank", { model: "r", query: "q", [field]: texts });
    expect([status, body]).toEqual([200, { model: "r", scores: PROMPTS.map(scoreText) }]);
    expect(v.safeParse(schemas.RerankAnswer.schema, body).issues).toBeUndefined();
    const request = { ...COMMON, model: "r", query: "q", texts: PROMPTS, rawScores: false, signal: expect.any(AbortSignal) };
    expect(deps.calls).toEqual([{ task: "rerank", request }]);
  });

  test("hands every option down, and takes null for what a client leaves out", async () => {
    const body = { model: "r", query: "", prompts: ["a"], documents: null, raw_scores: true, truncate: false, keep_alive: "1m" };
    const options = { query: "", rawScores: true, truncate: false, keepAliveMs: 60_000 };
    expect((await ask("rerank", body)).deps.calls[0]?.request).toMatchObject(options);
    const nulls = { model: "r", query: "q", prompts: ["a"], raw_scores: null, truncate: null, keep_alive: null, unknown: 1 };
    expect((await ask("rerank", nulls)).deps.calls[0]?.request).toMatchObject({ ...COMMON, rawScores: false });
  });

  test("tells the access log model, inputs and tokens", async () => {
    const { deps } = await ask("rerank", { model: "r", query: "q", prompts: ["a", "b"] });
    expect(deps.lines.at(-1)?.fields).toMatchObject({ model: "r", inputs: 2, tokens: 12 });
  });

  test.each([
    ["no model", { query: "q", prompts: ["a"] }, 400, `${REFUSED}model: found nothing, expected the name of a model`],
    ["an empty model", { model: "", query: "q", prompts: ["a"] }, 400, `${REFUSED}model: found "", expected the name of a model`],
    ["no query", { model: "r", prompts: ["a"] }, 400, `${REFUSED}query: found nothing, expected a string`],
    [
      "neither prompts nor documents",
      { model: "r", query: "q" },
      400,
      `${REFUSED}prompts: found nothing, expected a list of at least one text`,
    ],
    [
      "both",
      { model: "r", query: "q", prompts: ["a"], documents: ["a"] },
      400,
      `${REFUSED}documents: found "prompts" beside it, expected one of them`,
    ],
    [
      "an empty list",
      { model: "r", query: "q", prompts: [] },
      400,
      `${REFUSED}prompts: found an empty list, expected a list of at least one text`,
    ],
    [
      "wrong elements",
      { model: "r", query: "q", documents: ["a", 5] },
      400,
      `${REFUSED}documents[1]: found 5, expected a string or an object`,
    ],
    [
      "documents without a text",
      { model: "r", query: "q", documents: ["a", { title: "b" }, { text: 5 }, []] },
      400,
      `${REFUSED}documents[1].text: found nothing, expected a string; documents[2].text: found 5, expected a string; ` +
        "documents[3].text: found nothing, expected a string",
    ],
    [
      "too many",
      { model: "r", query: "q", documents: Array.from({ length: 2049 }, () => "a") },
      400,
      "Cannot rerank 2049 texts in one request: the limit is 2048",
    ],
    [
      "too large a query",
      { model: "r", query: "q".repeat(1001), prompts: ["a"] },
      413,
      "Cannot rerank query: found 1001 bytes of text, the limit is 1000",
    ],
    [
      "too large a document",
      { model: "r", query: "q", documents: ["a", { text: "b".repeat(1001) }] },
      413,
      "Cannot rerank documents[1]: found 1001 bytes of text, the limit is 1000",
    ],
  ])("refuses %s before any work is done", async (_, sent, status, error) => {
    const answer = await ask("rerank", sent);
    expect([answer.status, answer.body]).toEqual([status, { error }]);
    expect(answer.deps.calls).toEqual([]);
  });

  test("answers 400 when the model is for another task", async () => {
    const message = 'Cannot rerank with "m": its task is "embed"';
    const rerank = () => Promise.reject(new TermiteError("wrong_task", message));
    const deps = createFakeDeps();
    const { status, body } = await ask("rerank", { model: "m", query: "q", prompts: ["a"] }, { ...deps, tasks: { ...deps.tasks, rerank } });
    expect([status, body]).toEqual([400, { error: message }]);
  });
});

describe("POST /api/classify", () => {
  test("gives the model's own labels where none are sent", async () => {
    const { status, body, deps } = await ask("classify", { model: "c", texts: ["a", ""], raw_scores: true });
    const labels = [{ label: "good", score: 0.75 }, { label: "bad", score: 0.25 }];
    expect([status, body]).toEqual([200, { model: "c", classifications: [labels, labels] }]);
    expect(v.safeParse(schemas.ClassifyAnswer.schema, body).issues).toBeUndefined();
    const request = { ...COMMON, model: "c", inputs: ["a", ""], rawScores: true, signal: expect.any(AbortSignal) };
    expect(deps.calls).toEqual([{ task: "classify", request }]);
  });

  test("judges labels of the client's own", async () => {
    const { status, body, deps } = await ask("classify", { model: "c", texts: ["a"], labels: ["x", "y"] });
    const labels = [{ label: "x", score: 1 / 2 }, { label: "y", score: 1 / 3 }];
    expect([status, body]).toEqual([200, { model: "c", classifications: [labels] }]);
    const hypothesis = { hypothesisTemplate: "This example is {}.", multiLabel: false };
    const request = { ...COMMON, ...hypothesis, model: "c", texts: ["a"], labels: ["x", "y"], signal: expect.any(AbortSignal) };
    expect(deps.calls).toEqual([{ task: "classifyZeroShot", request }]);
  });

  test("hands template and multi_label down", async () => {
    const body = { model: "c", texts: ["a"], labels: ["x"], hypothesis_template: "It is\n{}!", multi_label: true, truncate: false };
    const request = { hypothesisTemplate: "It is\n{}!", multiLabel: true, truncate: false };
    expect((await ask("classify", body)).deps.calls[0]?.request).toMatchObject(request);
  });

  test.each([
    [
      "no texts",
      { model: "c" },
      `${REFUSED}texts: found nothing, expected a list of at least one string`,
    ],
    [
      "a single text",
      { model: "c", texts: "a" },
      `${REFUSED}texts: found "a", expected a list of at least one string`,
    ],
    [
      "an empty list of texts",
      { model: "c", texts: [] },
      `${REFUSED}texts: found an empty list, expected a list of at least one string`,
    ],
    [
      "an empty list of labels",
      { model: "c", texts: ["a"], labels: [] },
      `${REFUSED}labels: found an empty list, expected a list of at least one label`,
    ],
    [
      "a template without a place for the label",
      { model: "c", texts: ["a"], labels: ["x"], hypothesis_template: "no place" },
      `${REFUSED}hypothesis_template: found "no place", expected a string that holds "{}" once`,
    ],
    [
      "a template with two places",
      { model: "c", texts: ["a"], labels: ["x"], hypothesis_template: "{} {}" },
      `${REFUSED}hypothesis_template: found "{} {}", expected a string that holds "{}" once`,
    ],
    [
      "a template without labels",
      { model: "c", texts: ["a"], hypothesis_template: "{}" },
      'Cannot obey "hypothesis_template": found no "labels" of your own',
    ],
    [
      "multi_label without labels",
      { model: "c", texts: ["a"], multi_label: true },
      'Cannot obey "multi_label": found no "labels" of your own',
    ],
    [
      "raw scores of labels",
      { model: "c", texts: ["a"], labels: ["x"], raw_scores: true },
      'Cannot obey "raw_scores": labels of your own ("labels") have no logits',
    ],
    [
      "too many pairs of text and label",
      { model: "c", texts: Array.from({ length: 683 }, () => "a"), labels: ["x", "y", "z"] },
      "Cannot classify 2049 pairs of text and label in one request: the limit is 2048",
    ],
    [
      "too many texts",
      { model: "c", texts: Array.from({ length: 2049 }, () => "a") },
      "Cannot classify 2049 texts in one request: the limit is 2048",
    ],
  ])("refuses %s before any work is done", async (_, sent, error) => {
    const answer = await ask("classify", sent);
    expect([answer.status, answer.body]).toEqual([400, { error }]);
    expect(answer.deps.calls).toEqual([]);
  });

  test("refuses too large a template, and reads one of any length", async () => {
    const sent = (hypothesis_template: string) => ask("classify", { model: "c", texts: ["a"], labels: ["x"], hypothesis_template });
    const large = await sent(`{}${"a".repeat(1_000_000)}`);
    const error = "Cannot classify hypothesis_template: found 1000002 bytes of text, the limit is 1000";
    expect([large.status, large.body]).toEqual([413, { error }]);
    const without = await sent("a".repeat(1_000_000));
    const expected = `hypothesis_template: found "${"a".repeat(60)}…", expected a string that holds "{}" once`;
    expect([without.status, without.body]).toEqual([400, { error: `Cannot read the request: ${expected}` }]);
  });

  test("refuses too large a text or label", async () => {
    const large = "a".repeat(1001);
    const text = await ask("classify", { model: "c", texts: ["a", large] });
    const refusal = (param: string) => ({ error: `Cannot classify ${param}: found 1001 bytes of text, the limit is 1000` });
    expect([text.status, text.body]).toEqual([413, refusal("texts[1]")]);
    const label = await ask("classify", { model: "c", texts: ["a"], labels: [large] });
    expect([label.status, label.body]).toEqual([413, refusal("labels[0]")]);
  });
});

describe("POST /api/recognize", () => {
  test("gives the entities of each text", async () => {
    const { status, body, deps } = await ask("recognize", { model: "n", texts: ["Ada", "👩 B"] });
    const entities = [
      [{ text: "Ada", label: "PER", start: 0, end: 3, score: 0.5 }],
      [{ text: "👩 B", label: "PER", start: 0, end: 3, score: 0.5 }],
    ];
    expect([status, body]).toEqual([200, { model: "n", entities }]);
    expect(v.safeParse(schemas.RecognizeAnswer.schema, body).issues).toBeUndefined();
    const options = { aggregation: "simple", stride: undefined, signal: expect.any(AbortSignal) };
    const request = { ...COMMON, ...options, model: "n", texts: ["Ada", "👩 B"] };
    expect(deps.calls).toEqual([{ task: "recognize", request }]);
  });

  test.each(["simple", "first", "average", "max"])("hands aggregation %p and stride down", async (aggregation) => {
    const { deps } = await ask("recognize", { model: "n", texts: ["a"], aggregation, stride: 0 });
    expect(deps.calls[0]?.request).toMatchObject({ aggregation, stride: 0 });
  });

  test.each([
    [
      "an empty list",
      { model: "n", texts: [] },
      `${REFUSED}texts: found an empty list, expected a list of at least one string`,
    ],
    [
      "another aggregation",
      { model: "n", texts: ["a"], aggregation: "none" },
      `${REFUSED}aggregation: found "none", expected "simple", "first", "average", "max"`,
    ],
    [
      "a negative stride",
      { model: "n", texts: ["a"], stride: -1 },
      `${REFUSED}stride: found -1, expected a whole number of tokens, 0 or more`,
    ],
    ["labels of GLiNER", { model: "n", texts: ["a"], labels: ["person"] }, 'Cannot obey "labels": a model\'s labels are its own'],
    [
      "labels of relations",
      { model: "n", texts: ["a"], relation_labels: ["founded"] },
      'Cannot obey "relation_labels": a model\'s labels are its own',
    ],
  ])("refuses %s before any work is done", async (_, sent, error) => {
    const answer = await ask("recognize", sent);
    expect([answer.status, answer.body]).toEqual([400, { error }]);
    expect(answer.deps.calls).toEqual([]);
  });
});
