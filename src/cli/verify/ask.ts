// Asks one engine the same as every other, whatever the model is for.
import type { Task } from "../../task.ts";
import type { Entity, LabelScore, SparseVector } from "../../pipelines/tasks.ts";
import type { Engine } from "../engine.ts";
import type { Answers } from "./compare.ts";
import { VERIFY_QUERY } from "./texts.ts";

export interface AskOptions {
  engine: Engine;
  model: string;
  task: Task;
  signal: AbortSignal;
}

/** The texts in one request. */
export async function askTexts({ engine, model, task, signal }: AskOptions, texts: readonly string[]): Promise<Answers> {
  const { embedder, tasks } = engine;
  const request = { model, texts, truncate: true, signal };
  switch (task) {
    case "embed": return { vectors: (await embedder.embed(request)).vectors };
    case "sparse": return { vectors: (await tasks.embedSparse(request)).vectors.map(widen) };
    case "rerank": return { vectors: [(await tasks.rerank({ ...request, query: VERIFY_QUERY, rawScores: true })).scores] };
    case "classify": return readLabels((await tasks.classify({ ...request, inputs: texts, rawScores: true })).classifications);
    case "recognize": return readEntities((await tasks.recognize({ ...request, aggregation: "simple" })).entities);
  }
}

/** Each text in a request of its own: nothing else is in its batch. */
export async function askAlone(options: AskOptions, texts: readonly string[]): Promise<Answers> {
  const answers: Answers[] = [];
  for (const text of texts) answers.push(await askTexts(options, [text]));
  const vectors = answers.flatMap((answer) => answer.vectors);
  if (options.task === "rerank") return { vectors: [vectors.flatMap((scores) => Array.from(scores))] };
  return { vectors, ...(answers[0]?.labels && { labels: answers.flatMap(({ labels = [] }) => labels) }) };
}

/** With its zeros, as far as its last entry. */
function widen({ indices, values }: SparseVector): Float32Array {
  const dense = new Float32Array(VOCABULARY_BOUND);
  indices.forEach((index, i) => (dense[index] = values[i] ?? 0));
  return dense;
}

/** As many entries as the largest vocabularies have. */
const VOCABULARY_BOUND = 2 ** 18;

/** Logits in the labels' own order, and the label that a person would see. */
function readLabels(classifications: readonly (readonly LabelScore[])[]): Answers {
  return {
    vectors: classifications.map((scores) => {
      return scores.toSorted((a, b) => (a.label < b.label ? -1 : 1)).map(({ score }) => score);
    }),
    labels: classifications.map(([best]) => best?.label ?? ""),
  };
}

function readEntities(texts: readonly (readonly Entity[])[]): Answers {
  return {
    vectors: texts.map((entities) => entities.map(({ score }) => score)),
    labels: texts.map((entities) => entities.map(({ label, start, end }) => `${label} ${start}-${end}`).join(", ")),
  };
}
