// What a runner and its machine say of one model, for people: where it runs, what it holds, how much of it is ready. Pure.
import type { Hardware } from "../plugins/detect/hardware.ts";
import type { RunnerStats, RunnerStatus } from "../runners/runner.ts";
import type { RunnerSummary } from "../server/deps.ts";

export interface RunnerSurroundings {
  /** Of the model that is meant. */
  key: string;
  hardware: Hardware;
  /** What this process and its children may use together. */
  memoryBytes: number;
}

export function describeRunner({ target, engine, pid, stats }: RunnerStatus, around: RunnerSurroundings): RunnerSummary {
  if (engine === undefined) return { target, device: null, runner: null, memory: null, programs: null };
  const { library, version, device: name } = engine;
  const device = target.actual.endsWith(":cuda") ? describeGpu(name, around) : { name, index: 0, memoryBytes: around.memoryBytes };
  // Of a part of the device's memory the engine may make its own limit.
  const { usedBytes = null, limitBytes = device.memoryBytes } = stats?.memory ?? {};
  return {
    target,
    device: { ...device, memoryBytes: limitBytes, usedBytes },
    runner: { pid: pid ?? null, library, version, memoryBytes: stats?.rssBytes ?? null },
    ...describeModel(stats?.models[around.key]),
  };
}

type Device = Omit<NonNullable<RunnerSummary["device"]>, "usedBytes">;

/** One is used: that which detection chose. */
function describeGpu(engineName: string, { hardware: { nvidia: { chosen, gpus } }, memoryBytes }: RunnerSurroundings): Device {
  if (chosen === undefined) return { name: engineName, index: 0, memoryBytes };
  const others = gpus.length > 1 ? ` (${gpus.length - 1} more unused)` : "";
  return { name: `${chosen.name}${others}`, index: chosen.index, memoryBytes: chosen.memoryBytes ?? memoryBytes };
}

function describeModel(stats: RunnerStats["models"][string] | undefined): Pick<RunnerSummary, "memory" | "programs"> {
  if (stats === undefined) return { memory: null, programs: null };
  const { weightBytes, programBytes, ready, planned } = stats;
  return { memory: { weightBytes, programBytes }, programs: planned === 0 ? null : { ready, planned } };
}
