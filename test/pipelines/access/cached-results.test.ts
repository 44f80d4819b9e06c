// Every pipeline over the result cache: the second answer is the first one, nothing runs for it, and nobody has written
// into what is kept.
import { describe, expect, test } from "bun:test";
import type { HeadResult } from "../../../src/heads/head.ts";
import type { ModelManifest } from "../../../src/models/manifest.ts";
import { createTasks } from "../../../src/pipelines/create-tasks.ts";
import { createEmbedder } from "../../../src/pipelines/embed/embed.ts";
import type { Embedder } from "../../../src/pipelines/embed-request.ts";
import type { Tasks } from "../../../src/pipelines/tasks.ts";
import { ResultCache } from "../../../src/scheduler/cache/result-cache.ts";
import type { TokenItem, Work } from "../../../src/scheduler/scheduler.ts";
import { createManifest, createScorer, createTaskRequest, createTestAccess } from "../embedder-parts.ts";

interface Parts {
  embedder: Embedder;
  tasks: Tasks;
}

const text = (): ReturnType<typeof createTaskRequest> & { texts: string[] } => ({ ...createTaskRequest(), texts: ["ab", "c"] });
const labels = ["B-x", "O"];
const inference = { entailment: 0, contradiction: 1 };
const byTokens = (work: Work): HeadResult[] =>
  work.items.map(({ ids }: TokenItem) => ({ kind: "ragged", width: 2, lengths: Int32Array.of(ids.length), data: Float32Array.from({ length: 2 * ids.length }, (_, at) => at + 0.3) }));
const dense = (work: Work): HeadResult[] =>
  work.items.map(({ ids }) => ({ kind: "dense", width: 2, data: Float32Array.of(3.1, ids.length / 7) }));
const sparse = (work: Work): HeadResult[] =>
  work.items.map(() => ({ kind: "sparse", lengths: Int32Array.of(1), indices: Int32Array.of(4), values: Float32Array.of(0.7) }));

type Case = [string, ModelManifest, (work: Work) => HeadResult[], (parts: Parts) => Promise<unknown>];

const MODEL = createManifest({ nativeDimensions: 2, dimensions: [1] });
const CASES: Case[] = [
  ["vectors", MODEL, dense, ({ embedder }) => embedder.embed(text())],
  ["vectors at length 1", MODEL, dense, ({ embedder }) => embedder.embed({ ...text(), normalize: true })],
  ["vectors as they are", MODEL, dense, ({ embedder }) => embedder.embed({ ...text(), normalize: false })],
  ["shorter vectors", MODEL, dense, ({ embedder }) => embedder.embed({ ...text(), dimensions: 1, normalize: true })],
  ["token vectors", MODEL, byTokens, ({ tasks }) => tasks.embedTokens(text())],
  ["similarity", MODEL, dense, ({ tasks }) => tasks.similarity({ ...text(), source: "ab" })],
  ["sparse vectors", createManifest({ task: "sparse" }), sparse, ({ tasks }) => tasks.embedSparse(text())],
  ["a ranking", createScorer("rerank", labels), dense, ({ tasks }) => tasks.rerank({ ...text(), query: "q", rawScores: false })],
  ["labels", createScorer("classify", labels), dense, ({ tasks }) => tasks.classify({ ...text(), inputs: ["ab", ["ab", "c"]], rawScores: false })],
  [
    "labels of the client's own", createScorer("classify", labels, { inference }), dense,
    ({ tasks }) => tasks.classifyZeroShot({ ...text(), labels: ["x", "y"], hypothesisTemplate: "{}", multiLabel: true }),
  ],
  [
    "entities", createManifest({ task: "recognize", labels }), byTokens,
    ({ tasks }) => tasks.recognize({ ...text(), aggregation: "average" }),
  ],
];

describe("ResultCache under every pipeline", () => {
  test.each(CASES)("answers %s from memory as they were", async (_, manifest, answer, ask) => {
    const given: HeadResult[] = [];
    let runs = 0;
    const submit = async (work: Work): Promise<HeadResult[]> => {
      runs++;
      const results = answer(work);
      given.push(...results);
      return results;
    };
    const scheduler = { works: [], submit };
    const results = new ResultCache({ scheduler, maxBytes: 1e6 });
    const { access } = createTestAccess(manifest, { scheduler, results });
    const embedder = createEmbedder(access);
    const parts = { embedder, tasks: createTasks(access, embedder) };
    const first = await ask(parts);
    const before = structuredClone(given);
    const [second, third] = [await ask(parts), await ask(parts)];
    expect([runs, given]).toEqual([1, before]);
    const withoutLoad = (result: unknown): unknown => ({ ...Object(result), loadNs: 0 });
    expect([second, third].map(withoutLoad)).toEqual([first, first].map(withoutLoad));
  });
});
