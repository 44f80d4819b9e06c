// This machine as commands ask about it: platform, hardware, and where an engine's library lies.
import { resolveUserHome } from "../config/paths.ts";
import type { Config } from "../config/config.ts";
import { detectHardware } from "../plugins/detect/detect-hardware.ts";
import type { Hardware } from "../plugins/detect/hardware.ts";
import { readNvml } from "../plugins/detect/nvml.ts";
import type { NvmlAnswer } from "../plugins/detect/nvml-answer.ts";
import { detectPlatform } from "../plugins/detect/platform.ts";
import type { Platform } from "../plugins/detect/platform.ts";
import { createSystem } from "../plugins/detect/system.ts";
import type { System } from "../plugins/detect/system.ts";
import type { RunChild } from "../plugins/child-process.ts";
import type { BundledLibrary } from "../plugins/list.ts";
import { createRunChild } from "../plugins/run-child.ts";
import { readOwner } from "../plugins/search/ownership.ts";
import { searchLibrary } from "../plugins/search/search-library.ts";
import type { SearchResult } from "../plugins/search/search-result.ts";
import type { AssetName } from "../runtime/assets.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import type { BuildInfo } from "../runtime/build-info.ts";
import type { Target } from "../target.ts";
import { childCommand } from "./child-command.ts";

/** NVML wakes every GPU: seconds on a machine with eight that sleep. */
const NVML_TIMEOUT_MS = 15_000;

export interface Machine {
  system: System;
  platform: Platform;
  /** Once: asks NVML in a child process, where files say that there may be an NVIDIA driver. */
  detectHardware: () => Promise<Hardware>;
  /** Extracts and loads nothing. */
  search: (target: Target) => SearchResult;
}

export interface MachineOptions {
  config: Config;
  environment: Readonly<Record<string, string>>;
}

export function openMachine({ config, environment }: MachineOptions): Machine {
  const { platform: os, arch } = process;
  const system = createSystem({ environment, platform: { os, arch } });
  const platform = detectPlatform(system);
  const bundled = listBundled(readBuildInfo());
  const runChild = createRunChild(childCommand("__probe"));
  let hardware: Promise<Hardware> | undefined;
  return {
    system,
    platform,
    detectHardware: () => (hardware ??= detectHardware(system, { readNvml: createNvmlReader(system, runChild) })),
    search: (target) =>
      searchLibrary(target, {
        pluginsDir: config.pluginsDir,
        environment,
        userHome: resolveUserHome(environment),
        allowSystem: config.allowSystem,
        platform,
        isBundled: bundled[target] !== undefined,
        owner: readOwner(),
      }),
  };
}

/** `runChild` starts `termite __probe`. */
export function createNvmlReader(system: System, runChild: RunChild): () => Promise<NvmlAnswer | undefined> {
  return () => readNvml(system, { runChild, timeoutMs: NVML_TIMEOUT_MS });
}

const BUNDLED: readonly { target: Target; engine: string; asset: AssetName }[] = [
  { target: "onnx:cpu", engine: "onnxruntime", asset: "libonnxruntime" },
  { target: "xla:cpu", engine: "pjrt-cpu", asset: "pjrt-cpu" },
];

/** The libraries inside this build: none when it runs from source. */
export function listBundled({ engines, assets }: BuildInfo): Partial<Record<Target, BundledLibrary>> {
  const found: Partial<Record<Target, BundledLibrary>> = {};
  for (const { target, engine, asset } of BUNDLED) {
    const version = engines[engine];
    const sizeBytes = assets.find(({ name }) => name === asset)?.sizeBytes;
    if (version !== undefined) found[target] = { version, ...(sizeBytes !== undefined && { sizeBytes }) };
  }
  return found;
}
