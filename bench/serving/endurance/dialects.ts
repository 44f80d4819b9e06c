// The same texts in each dialect that embeds, and the vectors out of its answers.
import { parseVector } from "../../../test/fixtures/references/read-references.ts";

export interface Dialect {
  name: string;
  path: (model: string) => string;
  body: (model: string, texts: readonly string[]) => object;
  accept?: string;
  parse: (bytes: ArrayBuffer) => ArrayLike<number>[];
}

interface OpenAiAnswer<T> {
  data: { index: number; embedding: T }[];
}

const parseJson = <T>(bytes: ArrayBuffer): T => JSON.parse(new TextDecoder().decode(bytes));

/** A list of one and a string are asked for in turn: the rule is one for both. */
const asInput = (texts: readonly string[]): string | readonly string[] =>
  texts.length === 1 && (texts[0]?.length ?? 0) % 2 === 0 ? (texts[0] ?? "") : texts;

export const DIALECTS: readonly Dialect[] = [
  {
    name: "openai",
    path: () => "/v1/embeddings",
    body: (model, texts) => ({ model, input: asInput(texts) }),
    parse: (bytes) => inOrder(parseJson<OpenAiAnswer<number[]>>(bytes)),
  },
  {
    name: "openai base64",
    path: () => "/v1/embeddings",
    body: (model, texts) => ({ model, input: asInput(texts), encoding_format: "base64" }),
    parse: (bytes) => inOrder(parseJson<OpenAiAnswer<string>>(bytes)).map(parseVector),
  },
  {
    name: "ollama",
    path: () => "/api/embed",
    body: (model, texts) => ({ model, input: asInput(texts) }),
    parse: (bytes) => parseJson<{ embeddings: number[][] }>(bytes).embeddings,
  },
  {
    name: "native binary",
    path: () => "/api/embed",
    accept: "application/octet-stream",
    body: (model, texts) => ({ model, input: asInput(texts) }),
    parse: parseBinary,
  },
  {
    name: "tei",
    path: (model) => `/m/${model}/embed`,
    body: (_, texts) => ({ inputs: asInput(texts), truncate: true }),
    parse: (bytes) => parseJson<number[][]>(bytes),
  },
  {
    name: "cohere",
    path: () => "/v2/embed",
    body: (model, texts) => ({ model, texts, input_type: "search_document", embedding_types: ["float"] }),
    parse: (bytes) => parseJson<{ embeddings: { float: number[][] } }>(bytes).embeddings.float,
  },
];

function inOrder<T>({ data }: OpenAiAnswer<T>): T[] {
  if (data.some(({ index }, at) => index !== at)) throw new Error("The answer is out of order");
  return data.map(({ embedding }) => embedding);
}

/** Little-endian u64 count, u64 dimensions, float32. */
function parseBinary(bytes: ArrayBuffer): Float32Array[] {
  const [count = 0, width = 0] = [...new BigUint64Array(bytes, 0, 2)].map(Number);
  return Array.from({ length: count }, (_, at) => new Float32Array(bytes, 16 + at * width * 4, width));
}
