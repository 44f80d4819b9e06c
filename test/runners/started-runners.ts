// What the tests over real runner processes share: a folder of models, and runners that are closed after each test.
import { afterAll, afterEach, beforeAll } from "bun:test";
import type { Runner } from "../../src/runners/runner.ts";
import type { RunnerOptions } from "../../src/runners/supervisor.ts";
import { createRunner } from "../../src/runners/supervisor.ts";
import { createModelFolder, createRunnerOptions } from "../fixtures/test-runner.ts";

type ModelFolder = Awaited<ReturnType<typeof createModelFolder>>;

/** To be called once, at the top of a test file. The folder is there when the first test begins. */
export function useRunners(): { folder: Omit<ModelFolder, "remove">; start: (overrides?: Partial<RunnerOptions>) => Runner } {
  const runners: Runner[] = [];
  let made: ModelFolder | undefined;
  const take = (): ModelFolder => {
    if (made === undefined) throw new Error("the folder is made before the first test");
    return made;
  };
  beforeAll(async () => {
    made = await createModelFolder();
  });
  afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.close()));
  });
  afterAll(() => take().remove());
  const start = (overrides: Partial<RunnerOptions> = {}): Runner => {
    const runner = createRunner(createRunnerOptions(overrides));
    runners.push(runner);
    return runner;
  };
  return { folder: { model: (name, key) => take().model(name, key), file: (name) => take().file(name) }, start };
}
