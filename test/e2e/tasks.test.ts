// Every route of every dialect on the compiled file, with models whose answers are computed here by hand.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { getEncoding } from "js-tiktoken";
import { IDS, MAX_TOKENS, TAG_LOGIT } from "../fixtures/task-models.ts";
import { get, post, round, startTaskServer } from "./task-server.ts";
import type { TaskServer } from "./task-server.ts";

let server: TaskServer;
beforeAll(async () => (server = await startTaskServer()));
afterAll(() => server.close());

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
const softmax = (...logits: number[]): number[] => logits.map((logit) => Math.exp(logit) / logits.reduce((sum, one) => sum + Math.exp(one), 0));
/** "wood" is 1 in dimension 1, "termites" in 0, "eat" in 2; a text is their sum at unit length. */
const WOOD = [0, 1, 0, 0, 0, 0, 0, 0];
const EAT_WOOD = [0, Math.SQRT1_2, Math.SQRT1_2, 0, 0, 0, 0, 0];
/** "query: wood" and "passage: wood": the prompt's words have dimensions of their own. */
const third = 1 / Math.sqrt(3);
const QUERY_WOOD = [0, third, 0, 0, third, 0, third, 0];
const PASSAGE_WOOD = [0, third, 0, 0, 0, third, third, 0];
/** "what do termites eat" against "termites eat wood": two words in both; against "the moon": none. */
const QUERY = "what do termites eat";
const DOCUMENTS = ["the moon", "termites eat wood"];
const [BEST, WORST] = [sigmoid(2 * 2 - 1), sigmoid(-1)];
const PAIR_TOKENS = 3 + 4 + 2 + (3 + 4 + 3);
/** "I love it": 2 for positive. */
const [LOVE = 0, OTHER = 0] = softmax(2, 0, 0);
const LABELS = [{ label: "positive", score: LOVE }, { label: "negative", score: OTHER }, { label: "neutral", score: OTHER }];
const [TAG = 0] = softmax(TAG_LOGIT, 0, 0, 0, 0);
const [ENTAILED = 0, DENIED = 0] = softmax(1, -1);
const ID = expect.any(String);
const NS = expect.any(Number);

const cohereMeta = (version: string, units: object) => ({ api_version: { version }, billed_units: units });
const ranked = (version: string, results: object[], model = "my-reranker") => ({
  id: ID, model, results, meta: cohereMeta(version, { search_units: 1 }), usage: { total_tokens: PAIR_TOKENS },
});
const openaiVector = (embedding: unknown, tokens = 3) => ({
  object: "list", data: [{ object: "embedding", index: 0, embedding }], model: "my-embedder", usage: { prompt_tokens: tokens, total_tokens: tokens },
});
const float32 = (values: readonly number[]): string => Buffer.from(Float32Array.from(values).buffer).toString("base64");
const sparse = (...pairs: [string, number][]) => pairs.map(([word, value]) => ({ index: IDS[word], value }));

const ROUTES: readonly (readonly [path: string, body: object, answer: unknown])[] = [
  ["/api/rerank", { model: "my-reranker", query: QUERY, prompts: DOCUMENTS }, { model: "my-reranker", scores: [WORST, BEST] }],
  ["/api/rerank", { model: "rerank-v3.5", query: QUERY, documents: [{ text: "wood" }], raw_scores: true }, { model: "my-reranker", scores: [-1] }],
  ["/api/classify", { model: "my-classifier", texts: ["I love it"] }, { model: "my-classifier", classifications: [LABELS] }],
  ["/api/classify", { model: "my-nli", texts: ["the game of sports"], labels: ["politics", "sports"] },
    { model: "my-nli", classifications: [[{ label: "sports", score: ENTAILED }, { label: "politics", score: DENIED }]] }],
  ["/api/classify", { model: "my-nli", texts: ["sports"], labels: ["politics", "sports"], multi_label: true, hypothesis_template: "match {}" },
    { model: "my-nli", classifications: [[{ label: "sports", score: ENTAILED }, { label: "politics", score: DENIED }]] }],
  ["/api/recognize", { model: "my-recognizer", texts: ["😀 Ada Lovelace lived in London.", ""] }, { model: "my-recognizer", entities: [[
    { text: "Ada Lovelace", label: "PER", start: 2, end: 14, score: TAG }, { text: "London", label: "LOC", start: 24, end: 30, score: TAG }], []] }],
  ["/api/chunk", { input: "termites eat wood\n\nthe moon is far", config: { target_tokens: 4, overlap_tokens: 0 } }, { model: "fixed", cache_hit: false, chunks: [
    { id: 0, text: "termites eat wood", start_char: 0, end_char: 17, mime_type: "text/plain" },
    { id: 1, text: "the moon is far", start_char: 19, end_char: 34, mime_type: "text/plain" }] }],

  ["/api/embed", { model: "my-embedder", input: ["wood", "eat wood"] },
    { model: "my-embedder", embeddings: [WOOD, EAT_WOOD], total_duration: NS, load_duration: NS, prompt_eval_count: 7 }],
  ["/api/embeddings", { model: "my-embedder", prompt: "eat wood" }, { embedding: EAT_WOOD }],

  ["/v1/embeddings", { model: "text-embedding-3-small", input: "wood" }, openaiVector(WOOD)],
  ["/openai/v1/embeddings", { model: "my-embedder", input: "wood", encoding_format: "base64" }, openaiVector(float32(WOOD))],
  ["/v1/embeddings", { model: "my-embedder", input: "eat wood", dimensions: 4 }, openaiVector(EAT_WOOD.slice(0, 4), 4)],
  ["/v1/embeddings", { model: "my-embedder", input: ["wood"], task: "retrieval.query" }, openaiVector(QUERY_WOOD, 5)],

  ["/v1/embed", { texts: ["wood"], input_type: "search_query" }, {
    response_type: "embeddings_floats", id: ID, embeddings: [QUERY_WOOD], texts: ["wood"], meta: cohereMeta("1", { input_tokens: 5 }) }],
  ["/v2/embed", { model: "my-embedder", texts: ["wood"], input_type: "search_document", embedding_types: ["float", "int8", "ubinary", "base64"] }, {
    response_type: "embeddings_by_type", id: ID, texts: ["wood"], meta: cohereMeta("2", { input_tokens: 5 }),
    embeddings: { float: [PASSAGE_WOOD], int8: [[0, 73, 0, 0, 0, 73, 73, 0]], ubinary: [[0b01000110]], base64: [float32(PASSAGE_WOOD)] } }],
  ["/v1/rerank", { model: "my-reranker", query: QUERY, documents: DOCUMENTS, return_documents: true }, ranked("1", [
    { index: 1, relevance_score: BEST, document: { text: "termites eat wood" } }, { index: 0, relevance_score: WORST, document: { text: "the moon" } }])],
  ["/v2/rerank", { query: QUERY, documents: DOCUMENTS, top_n: 1 }, ranked("2", [{ index: 1, relevance_score: BEST }])],

  ["/", { inputs: "wood" }, [WOOD]],
  ["/m/my-sparse-model", { inputs: "wood" }, [sparse(["wood", 1], ["tree", Math.LN2])]],
  ["/m/my-classifier", { inputs: "I love it", parameters: {} }, [LABELS]],
  ["/m/my-nli", { inputs: "the game of sports", parameters: { candidate_labels: ["politics", "sports"], multi_label: false } },
    [{ label: "sports", score: ENTAILED }, { label: "politics", score: DENIED }]],
  ["/m/my-recognizer", { inputs: "😀 Ada lived", parameters: { aggregation_strategy: "first" } }, [{ entity_group: "PER", score: TAG, word: "Ada", start: 2, end: 5 }]],
  ["/m/my-reranker", { query: QUERY, texts: DOCUMENTS }, [{ index: 1, score: BEST }, { index: 0, score: WORST }]],
  ["/embed", { inputs: ["eat wood"] }, [EAT_WOOD]],
  ["/embed", { inputs: [[IDS["[CLS]"], IDS["wood"], IDS["[SEP]"]]] }, [WOOD]],
  ["/m/my-embedder/embed", { inputs: "wood", prompt_name: "query" }, [QUERY_WOOD]],
  ["/embed_all", { inputs: "wood" }, [[WOOD.map(() => 0), WOOD, WOOD.map(() => 0)]]],
  ["/embed_sparse", { inputs: "termites eat" }, [sparse(["termites", 1], ["eat", 1], ["insect", Math.log(4)])]],
  ["/similarity", { inputs: { source_sentence: "wood", sentences: ["eat wood", "moon"] } }, [Math.SQRT1_2, 0]],
  ["/predict", { inputs: "I love it" }, LABELS],
  ["/predict", { inputs: [["I love it"]], raw_scores: true }, [LABELS.map(({ label }, index) => ({ label, score: index === 0 ? 2 : 0 }))]],
  ["/rerank", { query: QUERY, texts: DOCUMENTS, return_text: true }, [
    { index: 1, text: "termites eat wood", score: BEST }, { index: 0, text: "the moon", score: WORST }]],
  ["/tokenize", { inputs: "É wood" }, [[
    { id: IDS["[CLS]"], text: "[CLS]", special: true, start: null, stop: null },
    { id: IDS["[UNK]"], text: "É", special: false, start: 0, stop: 1 },
    { id: IDS["wood"], text: "wood", special: false, start: 2, stop: 6 },
    { id: IDS["[SEP]"], text: "[SEP]", special: true, start: null, stop: null }]]],
  ["/decode", { ids: [[IDS["[CLS]"], IDS["eat"], IDS["wood"]]] }, ["eat wood"]],
];

describe("routes that work", () => {
  test.each(ROUTES.map(([path, body, answer]) => [`${path} ${JSON.stringify(body)}`, path, body, answer] as const))("%s", async (_, path, body, answer) => {
    const found = await post(`${server.url}${path}`, body);
    expect({ ...found, body: round(found.body) }).toEqual({ status: 200, body: round(answer) });
  });
});

const DETAILS = { parent_model: "", format: "onnx", family: "bert", families: ["bert"], parameter_size: expect.any(String), quantization_level: "F32" };

describe("routes that tell", () => {
  test.each([
    ["/v1/models/text-embedding-3-small", { id: "my-embedder", object: "model", created: NS, owned_by: "termite" }],
    ["/info", { model_id: "my-embedder", max_input_length: MAX_TOKENS, model_type: { embedding: { pooling: "mean" } } }],
    ["/m/my-classifier/info", { model_id: "my-classifier", model_type: { classifier: { id2label: { 0: "positive", 1: "negative", 2: "neutral" } } } }],
    ["/m/my-reranker/health", ""],
    ["/health", ""],
    ["/api/version", { version: "0.1.0" }],
  ] as const)("GET %s", async (path, body) => {
    const found = await get(`${server.url}${path}`);
    expect(found.status).toBe(200);
    if (body === "") expect(found.body).toBe("");
    else expect(found.body).toMatchObject(body);
  });

  test("lists name every model with what it can do", async () => {
    const tags = (await get(`${server.url}/api/tags`)).body as { models: { name: string; details: object; capabilities: string[] }[] };
    const own = tags.models.filter(({ name }) => name.startsWith("my-"));
    expect(own.map(({ name, capabilities }) => [name, ...capabilities])).toEqual([
      ["my-classifier", "classify"], ["my-embedder", "embedding"], ["my-nli", "classify"],
      ["my-recognizer", "recognize"], ["my-reranker", "rerank"], ["my-sparse-model", "sparse"],
    ]);
    for (const { details } of own) expect(details).toEqual(DETAILS);
    const { data } = (await get(`${server.url}/v1/models`)).body as { data: { id: string }[] };
    expect(data.map(({ id }) => id)).toEqual(tags.models.map(({ name }) => name));
    const shown = await post(`${server.url}/api/show`, { model: "my-nli" });
    expect(shown.body).toMatchObject({ capabilities: ["classify"], model_info: { "termite.labels": ["contradiction", "neutral", "entailment"] } });
  });

  test("ps lists models of every task once they were used", async () => {
    const { models } = (await get(`${server.url}/api/ps`)).body as { models: { name: string }[] };
    expect(models.map(({ name }) => name).toSorted()).toEqual([
      "my-classifier", "my-embedder", "my-nli", "my-recognizer", "my-reranker", "my-sparse-model",
    ]);
  });
});

const notFor = (verb: string, model: string, task: string, need: string) =>
  `Cannot ${verb} with "${model}": it is a model for ${task} (by ${task === "embed" ? "modules.json" : "config.json"})` +
  ` (Name a model for ${need}, or set models."${model}".task in termite.yaml if its files are wrong)`;

describe("a model of another task is 400 in the words of the dialect", () => {
  test.each([
    ["/api/rerank", { model: "my-embedder", query: "a", prompts: ["b"] }, { error: notFor("rerank", "my-embedder", "embed", "rerank") }],
    ["/api/classify", { model: "my-sparse-model", texts: ["a"] }, { error: notFor("classify", "my-sparse-model", "sparse", "classify") }],
    ["/api/recognize", { model: "my-nli", texts: ["a"] }, { error: notFor("recognize entities", "my-nli", "classify", "recognize") }],
    ["/api/embed", { model: "my-reranker", input: "a" }, { error: notFor("embed", "my-reranker", "rerank", "embed") }],
    ["/v1/embeddings", { model: "my-recognizer", input: "a" }, { error: {
      message: notFor("embed", "my-recognizer", "recognize", "embed"), type: "invalid_request_error", param: "model", code: "wrong_task" } }],
    ["/v2/rerank", { model: "my-classifier", query: "a", documents: ["b"] }, { message: notFor("rerank", "my-classifier", "classify", "rerank") }],
    ["/v2/embed", { model: "my-classifier", texts: ["b"] }, { message: notFor("embed", "my-classifier", "classify", "embed") }],
    ["/m/my-embedder/embed_sparse", { inputs: "a" }, {
      error: notFor("give sparse vectors", "my-embedder", "embed", "sparse"), error_type: "Validation" }],
    ["/m/my-classifier", { inputs: "a", parameters: { candidate_labels: ["b"] } }, {
      error: 'Cannot classify by labels of your own with "my-classifier": found the labels "positive", "negative", "neutral", need one for entailment' +
        " (Leave your labels out for the model's own, or name a model of natural-language inference)", error_type: "Validation" }],
    ["/m/my-reranker/predict", { inputs: "a" }, { error: notFor("classify", "my-reranker", "rerank", "classify"), error_type: "Validation" }],
  ] as const)("%s", async (path, body, answer) => {
    expect(await post(`${server.url}${path}`, body)).toEqual({ status: 400, body: answer });
  });
});

describe("what is too long", () => {
  const long = "wood ".repeat(MAX_TOKENS);
  test("is cut at the model's limit, and refused where that is asked for", async () => {
    const cut = await post(`${server.url}/v1/embeddings`, { model: "my-embedder", input: long });
    expect(cut).toEqual({ status: 200, body: openaiVector(WOOD, MAX_TOKENS) });
    const refused = await post(`${server.url}/api/rerank`, { model: "my-reranker", query: "wood", prompts: ["eat", long], truncate: false });
    expect(refused).toMatchObject({ status: 400, body: { error: expect.stringContaining(`found ${MAX_TOKENS + 4} tokens, need ${MAX_TOKENS} or fewer`) } });
    expect(await post(`${server.url}/predict`, { inputs: long })).toMatchObject({
      status: 413, body: { error: expect.stringContaining(`found ${MAX_TOKENS + 2} tokens, need ${MAX_TOKENS} or fewer (Shorten it, or send "truncate": true)`), error_type: "Validation" },
    });
  });
});

describe("token ids as OpenAI's input", () => {
  const ids = getEncoding("cl100k_base").encode("eat wood");
  const own = [IDS["[CLS]"]!, IDS["wood"]!, IDS["[SEP]"]!];
  const embed = (url: string, input: unknown) => post(`${url}/v1/embeddings`, { model: "my-embedder", input });

  test("are GPT's by default", async () => {
    const found = await embed(server.url, [ids]);
    expect({ ...found, body: round(found.body) }).toEqual({ status: 200, body: round(openaiVector(EAT_WOOD, 4)) });
    expect(await embed(server.url, ids)).toEqual(found);
  });

  test("are the model's own with openai.token_ids: model", async () => {
    const other = await startTaskServer({ openai: { token_ids: "model" } });
    try {
      expect(await embed(other.url, own)).toEqual({ status: 200, body: openaiVector(WOOD) });
    } finally {
      await other.close();
    }
  });

  test("are 400 with openai.token_ids: refuse", async () => {
    const other = await startTaskServer({ openai: { token_ids: "refuse" } });
    try {
      const { status, body } = await embed(other.url, ids);
      expect({ status, body }).toMatchObject({ status: 400, body: { error: { param: "input", code: "unsupported_field" } } });
    } finally {
      await other.close();
    }
  });
});
