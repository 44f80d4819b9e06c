// Every task but embedding, answered from the texts alone; what was asked is remembered with the task's name.
import type { Chunk, ChunkRequest, SparseVector, TaskResult, Tasks, TokenDetail } from "../../src/pipelines/tasks.ts";

export interface TaskCall {
  task: keyof Tasks;
  request: object & { model: string };
}

/** The models that the configuration gives for each task. */
export const DEFAULT_MODELS = {
  embed: "all-minilm-l6-v2:int8",
  rerank: "reranker-tiny",
  classify: "polarity-tiny",
  recognize: "rampart",
  sparse: "splade-tiny",
} as const;

/** Differs by text, and prints badly as a double: float32 of a third of its length. */
export const scoreText = (text: string): number => Math.fround(text.length / 3);

/** One token a character, its code as the id; in front and behind a special one. */
function createTokens(text: string, addSpecialTokens: boolean): TokenDetail[] {
  const tokens = Array.from(text, (char, start) => {
    return { id: char.codePointAt(0) ?? 0, text: char, special: false, start, stop: start + 1 };
  });
  const special = (id: number, name: string): TokenDetail => ({ id, text: name, special: true });
  return addSpecialTokens ? [special(101, "[CLS]"), ...tokens, special(102, "[SEP]")] : tokens;
}

function createSparse(text: string): SparseVector {
  return { indices: Int32Array.of(7, 100 + text.length), values: Float32Array.of(0.1, scoreText(text)) };
}

function createChunk({ text }: ChunkRequest): Chunk {
  return { id: 0, text, startChar: 0, endChar: Array.from(text).length };
}

/** The answers carry the model as it was asked for. */
export function createFakeTasks(calls: TaskCall[]): Tasks {
  const note = (task: keyof Tasks, request: TaskCall["request"]): TaskResult => {
    calls.push({ task, request });
    return { model: request.model, promptTokens: 12, loadNs: 1500.4 };
  };
  return {
    rerank: async (request) => ({ ...note("rerank", request), scores: request.texts.map(scoreText) }),
    classify: async (request) => ({
      ...note("classify", request),
      classifications: request.inputs.map(() => [{ label: "good", score: 0.75 }, { label: "bad", score: 0.25 }]),
    }),
    classifyZeroShot: async (request) => ({
      ...note("classifyZeroShot", request),
      classifications: request.texts.map(() => request.labels.map((label, index) => ({ label, score: 1 / (index + 2) }))),
    }),
    recognize: async (request) => ({
      ...note("recognize", request),
      entities: request.texts.map((text) => [{ text, label: "PER", start: 0, end: Array.from(text).length, score: 0.5 }]),
    }),
    embedSparse: async (request) => ({ ...note("embedSparse", request), vectors: request.texts.map(createSparse) }),
    embedTokens: async (request) => ({
      ...note("embedTokens", request),
      vectors: request.texts.map((text) => [Float32Array.of(0.1, -1 / 3), Float32Array.of(text.length, 0)]),
    }),
    similarity: async (request) => ({ ...note("similarity", request), similarities: request.texts.map(scoreText) }),
    tokenize: async (request) => ({
      model: note("tokenize", request).model,
      tokens: request.texts.map((text) => createTokens(text, request.addSpecialTokens)),
    }),
    decode: async (request) => ({
      model: note("decode", request).model,
      texts: request.ids.map((ids) => String.fromCodePoint(...ids)),
    }),
    chunk: async (request) => ({ model: note("chunk", request).model, chunks: [createChunk(request)] }),
  };
}
