// Vectors, token vectors, token ids and similarities of one embedding model against Python's, number by number.
import type { Pooling } from "./model-folders.ts";
import { checkClose, checkEqual, post } from "./task-answers.ts";
import { TASK_TEXTS } from "./task-texts.ts";

export interface EmbeddingOptions {
  url: string;
  name: string;
  pooling: Pooling;
  limit: number;
  /** Cohere's word for what the texts are for, which chooses the model's prompt; absent: no prompt. */
  inputType?: string;
}

/** What Python makes of one text. */
export interface Expected {
  vector: number[];
  /** Special tokens included, nothing cut. */
  ids: number[];
  /** Special tokens included, after the cut. */
  tokens: number;
  /** The vectors of the first and the last token. */
  first: number[];
  last: number[];
}

export async function compareEmbeddings(options: EmbeddingOptions, expected: readonly Expected[]): Promise<string> {
  const differences = options.inputType === undefined ? await compareRoutes(options, expected) : await comparePrompted(options, expected);
  return `${expected.length} texts, largest difference ${Math.max(...differences).toExponential(1)}`;
}

async function comparePrompted({ url, name, inputType }: EmbeddingOptions, expected: readonly Expected[]): Promise<number[]> {
  const body = { model: name, texts: TASK_TEXTS, input_type: inputType, embedding_types: ["float"] };
  const answer = await post<{ embeddings: { float: number[][] }; meta: { billed_units: { input_tokens: number } } }>(url, "/v2/embed", body);
  checkEqual(answer.meta.billed_units.input_tokens, countTokens(expected), "tokens");
  return compareVectors(answer.embeddings.float, expected);
}

async function compareRoutes({ url, name }: EmbeddingOptions, expected: readonly Expected[]): Promise<number[]> {
  const { data, usage } = await post<OpenaiAnswer>(url, "/v1/embeddings", { model: name, input: TASK_TEXTS });
  checkEqual(usage.prompt_tokens, countTokens(expected), "tokens");
  const tokens = await post<{ id: number }[][]>(url, `/m/${name}/tokenize`, { inputs: TASK_TEXTS });
  tokens.forEach((list, index) => checkEqual(list.map(({ id }) => id), expected[index]?.ids, `ids of text ${index}`));
  return [
    ...compareVectors(data.map(({ embedding }) => embedding), expected),
    ...(await compareTokenVectors(url, name, expected)),
    await compareSimilarities(url, name, expected),
  ];
}

interface OpenaiAnswer {
  data: { embedding: number[] }[];
  usage: { prompt_tokens: number };
}

function countTokens(expected: readonly Expected[]): number {
  return expected.reduce((sum, { tokens }) => sum + tokens, 0);
}

function compareVectors(vectors: readonly number[][], expected: readonly Expected[]): number[] {
  checkEqual(vectors.length, expected.length, "vectors");
  return vectors.map((vector, index) => checkClose(vector, expected[index]?.vector ?? [], `vector of text ${index}`));
}

/** One text a request: all of them in one would be a hundred megabytes of JSON. */
async function compareTokenVectors(url: string, name: string, expected: readonly Expected[]): Promise<number[]> {
  const differences: number[] = [];
  for (const [index, text] of TASK_TEXTS.entries()) {
    const [rows = []] = await post<number[][][]>(url, `/m/${name}/embed_all`, { inputs: text, truncate: true });
    const { tokens, first = [], last = [] } = expected[index] ?? {};
    checkEqual(rows.length, tokens, `token vectors of text ${index}`);
    differences.push(checkClose(rows[0] ?? [], first, `first token of text ${index}`), checkClose(rows.at(-1) ?? [], last, `last token of text ${index}`));
  }
  return differences;
}

async function compareSimilarities(url: string, name: string, expected: readonly Expected[]): Promise<number> {
  const [source = "", ...sentences] = TASK_TEXTS;
  const body = { inputs: { source_sentence: source, sentences }, parameters: { truncate: true } };
  const found = await post<number[]>(url, `/m/${name}/similarity`, body);
  const [first, ...others] = expected.map(({ vector }) => vector);
  const cosines = others.map((vector) => vector.reduce((sum, value, at) => sum + value * (first?.[at] ?? NaN), 0));
  return checkClose(found, cosines, "similarities");
}
