import { describe, expect, test } from "bun:test";
import { describeRunner } from "../../src/cli/describe-runner.ts";
import type { Hardware } from "../../src/plugins/detect/hardware.ts";
import type { RunnerStatus } from "../../src/runners/runner.ts";
import type { Target } from "../../src/target.ts";

const GPU = { index: 1, name: "NVIDIA L4", computeCapability: "8.9", memoryBytes: 24_000 };
const hardware = { nvidia: { chosen: GPU, gpus: [GPU, GPU] } } as unknown as Hardware;
const AROUND = { key: "k", hardware, memoryBytes: 64_000 };
const MODEL = { weightBytes: 900, programBytes: 80, ready: 3, planned: 28 };

const createStatus = (actual: Target, status: Partial<RunnerStatus> = {}): RunnerStatus => ({
  state: "ready", target: { requested: actual, actual, reason: null }, restarts: 0, pid: 42,
  engine: { library: "pjrt", version: "0.115", device: "cpu" },
  ...status,
});

describe("describeRunner()", () => {
  test("knows nothing before the engine has started", () => {
    const target = { requested: "xla:cpu", actual: "xla:cpu", reason: null } as const;
    expect(describeRunner({ state: "starting", target, restarts: 0 }, AROUND)).toEqual({
      target, device: null, runner: null, memory: null, programs: null,
    });
  });

  test("invents no figures that nobody has told yet", () => {
    const { pid: _, ...restarting } = createStatus("xla:cpu");
    expect(describeRunner(restarting, AROUND)).toMatchObject({
      device: { name: "cpu", index: 0, memoryBytes: 64_000, usedBytes: null },
      runner: { pid: null, library: "pjrt", version: "0.115", memoryBytes: null },
      memory: null, programs: null,
    });
  });

  test("tells what the engine says of the model and of its memory", () => {
    const stats = { rssBytes: 5000, memory: { usedBytes: 1100, peakBytes: 1200, limitBytes: 18_000 }, models: { k: MODEL } };
    expect(describeRunner(createStatus("xla:cuda", { stats }), AROUND)).toMatchObject({
      device: { name: "NVIDIA L4 (1 more unused)", index: 1, memoryBytes: 18_000, usedBytes: 1100 },
      runner: { pid: 42, memoryBytes: 5000 },
      memory: { weightBytes: 900, programBytes: 80 }, programs: { ready: 3, planned: 28 },
    });
  });

  test("has a GPU's own memory where the engine names no limit, and no model's figures for another", () => {
    const stats = { rssBytes: 5000, models: { other: MODEL } };
    expect(describeRunner(createStatus("onnx:cuda", { stats }), AROUND)).toMatchObject({
      device: { memoryBytes: 24_000, usedBytes: null }, memory: null, programs: null,
    });
  });

  test("has no programs where the engine plans none", () => {
    const stats = { rssBytes: 5000, models: { k: { ...MODEL, programBytes: 0, ready: 0, planned: 0 } } };
    const { memory, programs } = describeRunner(createStatus("xla:cpu", { stats }), AROUND);
    expect([memory, programs]).toEqual([{ weightBytes: 900, programBytes: 0 }, null]);
  });
});
