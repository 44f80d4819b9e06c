// The scheduler over a real runner process that is killed, poisoned and replaced: no request pays for another.
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { TermiteError } from "../../src/errors.ts";
import type { HeadResult } from "../../src/heads/head.ts";
import type { Runner } from "../../src/runners/runner.ts";
import { createRunner } from "../../src/runners/supervisor.ts";
import { createScheduler } from "../../src/scheduler/queue.ts";
import type { Scheduler } from "../../src/scheduler/scheduler.ts";
import { CRASH_ID, fakeTokens } from "../fixtures/fake-backend.ts";
import { createModelFolder, createRunnerOptions, createTestLog, rejection, waitUntil } from "../fixtures/test-runner.ts";
import { createFixedBatches } from "./fixed-batches.ts";

const KILLS = 50;
const CLIENTS = 8;

let folder: Awaited<ReturnType<typeof createModelFolder>>;
let runner: Runner;
let scheduler: Scheduler;
let running = 0;

beforeAll(async () => {
  folder = await createModelFolder();
  runner = createRunner(createRunnerOptions());
  await runner.load(folder.model("tokens"));
  const counted: Pick<Runner, "run" | "credit"> = {
    get credit() {
      return runner.credit;
    },
    run: (...call) => {
      running++;
      return runner.run(...call).finally(() => running--);
    },
  };
  scheduler = createScheduler({ runner: counted, batches: createFixedBatches(4), log: createTestLog().log });
});
afterAll(async () => {
  await runner.close();
  await folder.remove();
});

const submit = (texts: number[][]): Promise<HeadResult[]> => scheduler.submit({
  model: "tokens", head: "tokens", signal: new AbortController().signal,
  items: texts.map((ids) => ({ ids: Int32Array.from(ids) })),
});
const expected = (texts: number[][]): HeadResult[] =>
  texts.map((ids) => ({ kind: "ragged", width: 4, lengths: Int32Array.of(ids.length), data: fakeTokens(ids) }));
const createText = (seed: number): number[] => Array.from({ length: 1 + (seed % 9) }, (_, i) => (seed * 13 + i) % 100);
const createTexts = (seed: number): number[][] => Array.from({ length: 1 + (seed % 6) }, (_, text) => createText(seed + text));

test(`${KILLS} times kill -9 with runs in flight under ${CLIENTS} clients: no error, every result exact`, async () => {
  let isOver = false;
  let answers = 0;
  const askUntilOver = async (client: number): Promise<void> => {
    for (let turn = client; !isOver; turn += CLIENTS) {
      const texts = createTexts(turn);
      expect(await submit(texts)).toEqual(expected(texts));
      answers++;
    }
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, client) => askUntilOver(client)));
  const pids = new Set<number>();
  while (pids.size < KILLS) {
    const before = answers;
    await waitUntil(() => answers > before + CLIENTS && runner.status().state === "ready", "clients were answered");
    const { pid = 0 } = runner.status();
    process.kill(pid, "SIGSTOP");
    // What it had answered before is read now; runs that are left are in a process that does not move.
    await Bun.sleep(10);
    await waitUntil(() => running > 0, "runs are in flight");
    process.kill(pid, "SIGKILL");
    pids.add(pid);
    await waitUntil(() => runner.status().pid !== pid, "it was replaced");
  }
  isOver = true;
  await clients;
  expect(runner.status().restarts).toBe(KILLS);
}, 120_000);

test("a poisonous text costs its own request and no other", async () => {
  const restarts = runner.status().restarts;
  const innocent = Array.from({ length: 12 }, (_, i) => createTexts(i));
  const [poisoned, ...answers] = await Promise.all([
    rejection(submit([[1], [2, CRASH_ID], [3]])),
    ...innocent.map((texts) => submit(texts)),
  ]);
  expect((poisoned as TermiteError).code).toBe("runner_crashed");
  expect(answers).toEqual(innocent.map(expected));
  expect(runner.status().restarts).toBe(restarts + 2);
});
