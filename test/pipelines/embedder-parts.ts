// The parts around an embedder, in memory: a model's manifest, a tokenizer of characters, a runner and a scheduler that
// record what they are asked.
import type { HeadResult } from "../../src/heads/head.ts";
import type { ModelManifest } from "../../src/models/manifest.ts";
import { createModelAccess } from "../../src/pipelines/access/open-access.ts";
import type { ModelAccessOptions } from "../../src/pipelines/access/open-access.ts";
import type { RunnerModel } from "../../src/runners/runner.ts";
import type { Work } from "../../src/scheduler/scheduler.ts";
import type { TokenizerFile } from "../../src/tokenizers/open.ts";
import type { Tokenizer } from "../../src/tokenizers/tokenizer.ts";
import { createRecordedLog } from "../models/model-folder.ts";

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
  task: "embed",
  taskOrigin: "modules.json",
  heads: { embed: { kind: "pool", modes: ["mean"], steps: [] } },
  labels: [],
  isMultiLabel: false,
  activation: "none",
  poolingOrigin: "1_Pooling/config.json",
  includePrompt: true,
  prompts: {},
  defaultPrompt: "",
  nativeDimensions: 2,
  dimensions: [],
  ...changes,
});

/** A model of one of the tasks with logits. */
export const createScorer = (task: "rerank" | "classify", labels: readonly string[], changes: Partial<ModelManifest> = {}) =>
  createManifest({ task, taskOrigin: "config.json", heads: { logits: { kind: "logits" } }, labels, activation: "softmax", maxTokens: 20, ...changes });

const codesOf = (text: string): number[] => Array.from(text, (character) => character.codePointAt(0) ?? 0);

/**
 * One token a character (its code), 1 before and 2 behind; a pair is 1, first, 2, second, 2, the second's token types 1.
 * A pair that is too long loses the end of its first part: how the real one cuts is tested with it.
 */
export const characterTokenizer: Tokenizer = {
  encode: async (texts, limit, _, { direction = "right" } = {}) =>
    texts.map((text) => {
      const codes = codesOf(text);
      const kept = direction === "right" ? codes.slice(0, limit - 2) : codes.slice(Math.max(0, codes.length - limit + 2));
      return { ids: Int32Array.from([1, ...kept, 2]), fullLength: codes.length + 2 };
    }),
  encodePairs: async (pairs, limit) =>
    pairs.map(([first, second]) => {
      const [head, tail] = [codesOf(first), codesOf(second)];
      const kept = head.slice(0, Math.max(0, limit - 3 - tail.length));
      const typeIds = Int32Array.from([...kept, 0, 0].map(() => 0).concat([...tail, 0].map(() => 1)));
      return { ids: Int32Array.from([1, ...kept, 2, ...tail, 2]), typeIds, fullLength: head.length + tail.length + 3 };
    }),
  encodeDetailed: async (texts, { addSpecialTokens = true } = {}) =>
    texts.map((text) => {
      const codes = addSpecialTokens ? [1, ...codesOf(text), 2] : codesOf(text);
      const isSpecial = (index: number) => addSpecialTokens && (index === 0 || index === codes.length - 1);
      const before = addSpecialTokens ? 1 : 0;
      return {
        ids: Int32Array.from(codes),
        fullLength: codes.length,
        tokens: codes.map((code) => String.fromCodePoint(code)),
        offsets: Int32Array.from(codes.flatMap((_, index) => (isSpecial(index) ? [0, 0] : [index - before, index - before + 1]))),
        special: Uint8Array.from(codes.map((_, index) => (isSpecial(index) ? 1 : 0))),
        wordIds: Int32Array.from(codes.map((_, index) => (isSpecial(index) ? -1 : index - before))),
      };
    }),
  decode: async (ids) => String.fromCodePoint(...ids.filter((id) => id > 2)),
  countPrompt: async (prompt) => prompt.length + 1,
  findToken: (id) => (Number.isInteger(id) && id >= 0 && id < 0x110000 ? String.fromCodePoint(id) : undefined),
  vocabularySize: 0x110000,
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

/** Access to one model over a runner and a scheduler that record, with everything that a test may want to replace. */
export const createTestAccess = (
  manifest: ModelManifest,
  { scheduler = createRecordedScheduler(), runner = createRecordedRunner(), tokenizer = characterTokenizer, ...changes }: TestParts = {},
) => {
  const opened: TokenizerFile[] = [];
  const access = createModelAccess({
    store: { resolve: async () => manifest },
    tokenizers: { open: async (file) => (opened.push(file), tokenizer) },
    runner,
    scheduler,
    log: createRecordedLog(),
    repairEmbedded: async () => false,
    keepAliveMs: Infinity,
    ...changes,
  });
  return { access, scheduler, runner, opened };
};

interface TestParts extends Partial<Omit<ModelAccessOptions, "scheduler" | "runner">> {
  scheduler?: ReturnType<typeof createRecordedScheduler>;
  runner?: ReturnType<typeof createRecordedRunner>;
  tokenizer?: Tokenizer;
}

/** Every text as long as the model takes it, and nobody who leaves. */
export const createTaskRequest = () => ({ model: "alias", truncate: true, signal: new AbortController().signal });

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
