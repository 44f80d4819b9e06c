// What is kept of a model and what is forgotten, over a child that a test plays by hand.
import { expect, test } from "bun:test";
import type { SessionFacts } from "../../src/backends/backend.ts";
import { TermiteError } from "../../src/errors.ts";
import { LoadedModels } from "../../src/runners/loaded-models.ts";
import type { RunnerChild } from "../../src/runners/runner-child.ts";
import type { RunnerModel } from "../../src/runners/runner.ts";
import { createTestLog, rejection } from "../fixtures/test-runner.ts";

const FACTS: SessionFacts = { inputs: [], outputs: [], padded: true };
const MODEL: RunnerModel = { key: "k", name: "m", graphFile: "/nowhere/model.onnx", heads: {} };
const crash = (signal: string): TermiteError =>
  new TermiteError("runner_crashed", "Cannot finish the run: the runner process ended", { details: { signal, alone: true } });

/** `load` answers with what is next in `answers`; calls are recorded. */
function create({ serving = (child: RunnerChild): Promise<RunnerChild> => Promise.resolve(child) } = {}) {
  const calls: string[] = [];
  const answers: (SessionFacts | Error)[] = [];
  const played = {
    load: async ({ key }: RunnerModel): Promise<SessionFacts> => {
      calls.push(`load ${key}`);
      const answer = answers.shift() ?? FACTS;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    unload: async (key: string): Promise<void> => void calls.push(`unload ${key}`),
  };
  const child = played as unknown as RunnerChild;
  const models = new LoadedModels({ serving: () => serving(child), convictionMs: 1000, log: createTestLog().log });
  return { models, child, calls, answers };
}

test("load() forgets a model that was never open when it fails", async () => {
  const { models, answers } = create();
  answers.push(new TermiteError("model_load_failed", 'Cannot load model "m": it is broken'));
  expect(((await rejection(models.load(MODEL))) as TermiteError).message).toBe('Cannot load model "m": it is broken');
  expect(((await rejection(models.check("k"))) as TermiteError).message).toBe("Cannot run model: it is not loaded");
});

test("load() says nothing of an error that nobody foresaw", async () => {
  const { models, answers } = create();
  const cause = new TypeError("Cannot read /home/somebody/secret");
  answers.push(cause);
  const error = (await rejection(models.load(MODEL))) as TermiteError;
  expect([error.code, error.message, error.cause]).toEqual(["internal", "Cannot answer the request: internal error", cause]);
});

test("load() that a death interrupted is rejected when there will be no process", async () => {
  const { models, answers } = create();
  answers.push(crash("SIGKILL"));
  const waiting = rejection(models.load(MODEL));
  await Bun.sleep(0);
  const refusal = new TermiteError("target_unavailable", 'Cannot start "onnx:cpu": its process ended with exit code 3');
  models.refuse(refusal);
  expect(await waiting).toBe(refusal);
});

test("refuse() leaves what is open, and a new process gets again what was refused", async () => {
  const { models, child, calls } = create();
  await models.load(MODEL);
  models.refuse(new TermiteError("draining", "Cannot run model: the runner is closed"));
  await models.check("k");
  models.markClosed();
  models.refuse(new TermiteError("target_unavailable", 'Cannot start "onnx:cpu": it is gone'));
  await models.restore(child);
  await models.check("k");
  expect(calls).toEqual(["load k", "load k"]);
});

test("unload() leaves the session of a model that is wanted again meanwhile", async () => {
  const gates: PromiseWithResolvers<void>[] = [];
  const { models, calls } = create({
    serving: async (child) => {
      const gate = Promise.withResolvers<void>();
      gates.push(gate);
      await gate.promise;
      return child;
    },
  });
  const loading = models.load(MODEL);
  gates[0]?.resolve();
  await loading;
  const unloading = models.unload("k");
  await Bun.sleep(0);
  const again = models.load(MODEL);
  gates[2]?.resolve();
  await again;
  gates[1]?.resolve();
  await unloading;
  expect(calls).toEqual(["load k", "load k"]);
  await models.check("k");
});
