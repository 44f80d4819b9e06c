// The parts around an embedder, in memory: a model's manifest, a tokenizer of characters, a runner and a scheduler that
// record what they are asked.
import type { HeadResult } from "../../src/heads/head.ts";
import type { ModelManifest } from "../../src/models/manifest.ts";
import type { RunnerModel } from "../../src/runners/runner.ts";
import type { Work } from "../../src/scheduler/scheduler.ts";
import type { Tokenizer } from "../../src/tokenizers/tokenizer.ts";

export const createManifest = (changes: Partial<ModelManifest> = {}): ModelManifest => ({
  id: "m",
  embedded: false,
  graphFile: "model.onnx",
  tokenizerFile: "tokenizer.json",
  fingerprint: "m-1",
  digest: "d".repeat(64),
  sizeBytes: 1000,
  modifiedAt: 1_760_000_000,
  architecture: "bert",
  maxTokens: 8,
  maxTokensOrigin: "config.json",
  lowerCase: false,
  head: { kind: "pool", modes: ["mean"], steps: [] },
  poolingOrigin: "1_Pooling/config.json",
  includePrompt: true,
  prompts: {},
  defaultPrompt: "",
  nativeDimensions: 2,
  dimensions: [],
  ...changes,
});

/** One token a character (its code), 1 before and 2 behind. */
export const characterTokenizer: Tokenizer = {
  encode: async (texts, limit) =>
    texts.map((text) => {
      const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
      return { ids: Int32Array.from([1, ...codes.slice(0, limit - 2), 2]), fullLength: codes.length + 2 };
    }),
  countPrompt: async (prompt) => prompt.length + 1,
};

export const dense = (...values: number[]): HeadResult => ({ kind: "dense", width: values.length, data: Float32Array.from(values) });

export const createRecordedRunner = (width?: number) => {
  const loads: RunnerModel[] = [];
  const unloads: string[] = [];
  const load = async (model: RunnerModel) => {
    loads.push(model);
    return { inputs: [], outputs: [], padded: true, width };
  };
  return { loads, unloads, load, unload: async (key: string) => void unloads.push(key) };
};

/** A clock that stands still until it is told to go on; timers run on the way, in order. */
export const createTestClock = () => {
  let nowMs = 1_000_000;
  const timers = new Set<{ atMs: number; run: () => void }>();
  const startTimer = (run: () => void, ms: number) => {
    const timer = { atMs: nowMs + ms, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const pass = (ms: number) => {
    const endMs = nowMs + ms;
    for (;;) {
      const [next] = [...timers].filter(({ atMs }) => atMs <= endMs).sort((left, right) => left.atMs - right.atMs);
      if (next === undefined) break;
      timers.delete(next);
      nowMs = next.atMs;
      next.run();
    }
    nowMs = endMs;
  };
  return { now: () => nowMs, startTimer, pass, timers };
};

export const createRecordedScheduler = (answer: (index: number) => HeadResult = () => dense(3, 4)) => {
  const works: Work[] = [];
  const submit = async (work: Work) => {
    works.push(work);
    return work.items.map((_, index) => answer(index));
  };
  return { works, submit };
};
