// Models of a runner that has died: loaded again, failed, mended on disk, given up; over real child processes.
import { expect, test } from "bun:test";
import { rename } from "node:fs/promises";
import type { TermiteError } from "../../src/errors.ts";
import type { HeadResult } from "../../src/heads/head.ts";
import type { Runner } from "../../src/runners/runner.ts";
import { createBatch } from "../contract/batches.ts";
import { DEADLY_MODEL, fakeTokens, HANGING_MODEL } from "../fixtures/fake-backend.ts";
import { rejection, waitUntil } from "../fixtures/test-runner.ts";
import { useRunners } from "./started-runners.ts";

const { folder, start } = useRunners();

/** Longer than a restart takes on a busy machine: a conviction that is over by then is tried again, and kills again. */
const CONVICTION_MS = 2_000;
/** A runner with the models "tokens" and `name`, whose file is the same at first. */
async function startLoaded(name: string): Promise<Runner> {
  const runner = start({ timing: { convictionMs: CONVICTION_MS } });
  await runner.load(folder.model("tokens"));
  await Bun.write(folder.file(name), Bun.file(folder.file("tokens")));
  await runner.load(folder.model(name));
  return runner;
}
const run = (runner: Runner, key: string): Promise<HeadResult> => runner.run(key, "tokens", createBatch([[1]]));
const restart = async (runner: Runner): Promise<void> => {
  const { pid = 0 } = runner.status();
  process.kill(pid, "SIGKILL");
  await waitUntil(() => runner.status().state === "ready" && runner.status().pid !== pid, "it was replaced");
};
const expectAnswer = (result: HeadResult): void => expect(result).toMatchObject({ data: fakeTokens([1]) });

test("run() loads a model again whose file was away when the runner restarted", async () => {
  const runner = await startLoaded("moving");
  await rename(folder.file("moving"), folder.file("away"));
  await restart(runner);
  const error = (await rejection(run(runner, "moving"))) as TermiteError;
  expect({ code: error.code, message: error.message }).toEqual({
    code: "model_load_failed", message: 'Cannot load model "moving": there is no file',
  });
  await Bun.write(folder.file("moving"), "nothing");
  const newer = (await rejection(run(runner, "moving"))) as TermiteError;
  expect(newer.message).toBe('Cannot load model "moving": the file is no model');
  await rename(folder.file("away"), folder.file("moving"));
  expectAnswer(await run(runner, "moving"));
  expectAnswer(await run(runner, "tokens"));
});

test("a restart loads a model again that failed at the restart before", async () => {
  const runner = await startLoaded("returning");
  await rename(folder.file("returning"), folder.file("away"));
  await restart(runner);
  await rename(folder.file("away"), folder.file("returning"));
  await restart(runner);
  await rename(folder.file("returning"), folder.file("away"));
  expectAnswer(await run(runner, "returning"));
});

test("run() leaves a model alone for a while that killed the runner when it was loaded again", async () => {
  const runner = await startLoaded("turning");
  await Bun.write(folder.file("turning"), DEADLY_MODEL);
  await restart(runner);
  const { restarts } = runner.status();
  for (let i = 0; i < 3; i++) {
    const error = (await rejection(run(runner, "turning"))) as TermiteError;
    expect({ code: error.code, message: error.message }).toEqual({
      code: "model_load_failed", message: 'Cannot load model "turning": the runner process ended while loading it',
    });
  }
  expectAnswer(await run(runner, "tokens"));
  expect(runner.status().restarts).toBe(restarts);
  await Bun.write(folder.file("turning"), Bun.file(folder.file("tokens")));
  await Bun.sleep(CONVICTION_MS);
  expectAnswer(await run(runner, "turning"));
});

test("load() leaves a model alone that killed the runner, until it is unloaded", async () => {
  const runner = await startLoaded("other");
  await Bun.write(folder.file("deadly"), DEADLY_MODEL);
  for (let i = 0; i < 3; i++) {
    const error = (await rejection(runner.load(folder.model("deadly")))) as TermiteError;
    expect({ code: error.code, message: error.message }).toEqual({
      code: "runner_crashed", message: 'Cannot load model "deadly": the runner process ended while loading it',
    });
  }
  expectAnswer(await run(runner, "tokens"));
  expect(runner.status().restarts).toBe(2);
  await Bun.write(folder.file("deadly"), Bun.file(folder.file("tokens")));
  await runner.unload("deadly");
  await runner.load(folder.model("deadly"));
  expectAnswer(await run(runner, "deadly"));
});

test("load() forgives a model the first process that died of it", async () => {
  const runner = await startLoaded("other");
  await Bun.write(folder.file("once"), HANGING_MODEL);
  const loading = runner.load(folder.model("once"));
  await Bun.sleep(50);
  await Bun.write(folder.file("once"), Bun.file(folder.file("tokens")));
  process.kill(runner.status().pid ?? 0, "SIGSEGV");
  await loading;
  expectAnswer(await run(runner, "once"));
});
