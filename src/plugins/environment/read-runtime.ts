// Environment and preloads of an engine's library where it lies: for its runner, its probe and `doctor` alike, so that
// what was proven is what serves.
import type { Hardware } from "../detect/hardware.ts";
import type { System } from "../detect/system.ts";
import type { Target } from "../../target.ts";
import { listFolder, readLibraryTree } from "./library-tree.ts";
import { listPreloads } from "./preloads.ts";
import { createRunnerEnvironment } from "./runner-environment.ts";
import type { RunnerEnvironment } from "./runner-environment.ts";

export interface EngineRuntime extends RunnerEnvironment {
  /** Absolute paths, to be opened in this order before the library. */
  preload: readonly string[];
}

export interface ReadRuntimeOptions {
  /** Real path. */
  libraryPath: string;
  environment: Readonly<Record<string, string>>;
  system: System;
  /** Absent where it was not looked for: then CUDA takes the first GPU in its own order. */
  hardware?: Pick<Hardware, "nvidia" | "tpu"> | undefined;
}

export function readRuntime(target: Target, options: ReadRuntimeOptions): EngineRuntime {
  const { libraryPath, environment, system, hardware } = options;
  const tree = target.endsWith(":cuda") ? readLibraryTree(libraryPath) : undefined;
  const made = createRunnerEnvironment(target, environment, {
    tree,
    isGoogleCloud: isGoogleCloud(system) || hardware?.tpu.state === "usable",
    gpuUuid: hardware?.nvidia.chosen?.uuid,
    listFolder,
  });
  return { ...made, preload: tree === undefined ? [] : listPreloads(tree) };
}

/** `Google Compute Engine`, which virtual machines and the containers on them show. */
function isGoogleCloud(system: System): boolean {
  return system.readText("/sys/class/dmi/id/product_name")?.startsWith("Google") ?? false;
}
