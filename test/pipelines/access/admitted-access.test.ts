// Access to models with a bound on what waits: refused before anything is loaded or tokenized, and once more after.
import { describe, expect, test } from "bun:test";
import type { HeadResult } from "../../../src/heads/head.ts";
import type { Tasks } from "../../../src/pipelines/tasks.ts";
import { createTasks } from "../../../src/pipelines/create-tasks.ts";
import { createEmbedder } from "../../../src/pipelines/embed/embed.ts";
import { Admission } from "../../../src/scheduler/admission.ts";
import { createScheduler } from "../../../src/scheduler/queue.ts";
import type { Scheduler, Work } from "../../../src/scheduler/scheduler.ts";
import type { TokenBatch } from "../../../src/tensor.ts";
import { createTestLog, rejection } from "../../fixtures/test-runner.ts";
import { createManifest, createRecordedScheduler, createScorer, createTaskRequest, createTestAccess, dense } from "../embedder-parts.ts";

function createAdmission(maxQueueTokens: number): Admission {
  return new Admission({ maxQueueTokens, maxRequests: 9, requestTimeoutMs: 1000, tokensPerSecond: () => undefined });
}

/** A real queue over a runner that answers nothing before `open`. */
function createGatedScheduler() {
  const works: Work[] = [];
  const gate = Promise.withResolvers<void>();
  const run = async (_key: string, _head: string, { lengths }: TokenBatch, signal?: AbortSignal): Promise<HeadResult> => {
    const left = new Promise<never>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    await Promise.race([gate.promise, left]);
    return { kind: "dense", width: 1, data: new Float32Array(lengths.length) };
  };
  const scheduler = createScheduler({ runner: { run, credit: 1 }, log: createTestLog().log });
  const submit: Scheduler["submit"] = (work) => {
    works.push(work);
    return scheduler.submit(work);
  };
  return { works, submit, open: () => gate.resolve() };
}

function create(admission: Admission) {
  const scheduler = createGatedScheduler();
  const { access, runner } = createTestAccess(createManifest({ maxTokens: 20, nativeDimensions: 1 }), { scheduler, admission });
  return { embedder: createEmbedder(access), runner, scheduler };
}

describe("use() under an admission", () => {
  test("holds the real number of tokens from the run until the answer, by client and model", async () => {
    const admission = createAdmission(900);
    const { embedder, scheduler } = create(admission);
    const answer = embedder.embed({ ...createTaskRequest(), client: "key-1", texts: ["abcd", "ab"] });
    // The estimate, before anything is tokenized.
    await Promise.resolve();
    expect([admission.figures().tokens, scheduler.works]).toEqual([6, []]);
    while (scheduler.works.length === 0) await Bun.sleep(0);
    expect([admission.figures().tokens, scheduler.works[0]?.client]).toEqual([10, "key-1"]);
    scheduler.open();
    expect((await answer).promptTokens).toBe(10);
    expect(admission.figures().tokens).toBe(0);
  });

  test("refuses before the model is loaded when the estimate is too large", async () => {
    const admission = createAdmission(30);
    admission.reserve({ client: "other", model: "m" }, 20);
    const { embedder, runner } = create(admission);
    const texts = Array.from({ length: 5 }, () => "word");
    expect(await rejection(embedder.embed({ ...createTaskRequest(), texts }))).toMatchObject({ code: "overloaded" });
    expect(runner.loads).toEqual([]);
    expect(admission.figures().tokens).toBe(20);
  });

  test("refuses after tokenizing when the real number is too large", async () => {
    const admission = createAdmission(30);
    admission.reserve({ client: "other", model: "m" }, 20);
    const { embedder, scheduler } = create(admission);
    // 5 by its size, 14 by the tokenizer: a token a character.
    const request = { ...createTaskRequest(), texts: ["twelve chars"] };
    expect(await rejection(embedder.embed(request))).toMatchObject({ code: "overloaded" });
    expect([scheduler.works, admission.figures().tokens]).toEqual([[], 20]);
  });

  test("gives back what a client held that has left", async () => {
    const admission = createAdmission(900);
    const { embedder } = create(admission);
    const client = new AbortController();
    const answer = rejection(embedder.embed({ ...createTaskRequest(), signal: client.signal, texts: ["abcd"] }));
    while (admission.figures().tokens !== 6) await Bun.sleep(0);
    client.abort(new Error("left"));
    await answer;
    expect(admission.figures().tokens).toBe(0);
  });

  const TASKS: [string, "rerank" | "classify", (tasks: Tasks) => Promise<unknown>, number][] = [
    ["a ranking", "rerank", (tasks) => tasks.rerank({ ...createTaskRequest(), query: "word", texts: ["word", "a"], rawScores: true }), 12],
    ["texts and pairs", "classify", (tasks) => tasks.classify({ ...createTaskRequest(), inputs: ["word", ["word", "a"]], rawScores: true }), 9],
    [
      "labels of the client's own", "classify",
      (tasks) => tasks.classifyZeroShot({ ...createTaskRequest(), texts: ["word"], labels: ["a", "b"], hypothesisTemplate: "It is {}.", multiLabel: false }),
      22,
    ],
  ];
  test.each(TASKS)("estimates %s", async (_, task, ask, tokens) => {
    const asked: number[] = [];
    const permit = { resize: () => {}, finish: () => {}, release: () => {} };
    const admission = { reserve: (_flow: object, estimate: number) => (asked.push(estimate), permit) };
    const scheduler = createRecordedScheduler(() => dense(1, 2));
    const manifest = createScorer(task, ["entailment", "contradiction"], { maxTokens: 100, inference: { entailment: 0, contradiction: 1 } });
    const { access } = createTestAccess(manifest, { scheduler, admission });
    await ask(createTasks(access, createEmbedder(access)));
    expect(asked).toEqual([tokens]);
  });
});
