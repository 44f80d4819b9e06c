// The machine's facts for the decisions beside this file.
import { cpus, freemem, release, totalmem } from "node:os";
import { findGlibcVersion } from "../../plugins/detect/libc.ts";
import { findLibstdcxx } from "../../plugins/detect/libstdcxx.ts";
import type { System } from "../../plugins/detect/system.ts";
import type { Examination } from "../examination.ts";
import { readCgroupLimits } from "../../cgroup.ts";
import { readCoreLimits } from "../../engine-cores.ts";
import type { CoreFacts } from "./cores.ts";
import type { GlibcFacts } from "./glibc.ts";
import type { LibstdcxxFacts } from "./libstdcxx.ts";
import type { MemoryFacts } from "./memory.ts";
import type { MachineFacts } from "./platform.ts";

type MachineLooks = Pick<Examination, "platform" | "detectHardware">;

export async function readMachine({ platform, detectHardware }: MachineLooks): Promise<MachineFacts> {
  const { isContainer, nvidia } = await detectHardware();
  return { platform, kernel: release(), isContainer, isWsl: nvidia.isWsl };
}

/** `cpus()` follows no affinity mask. */
export function readCores({ readText }: System): CoreFacts {
  return { online: cpus().length, ...readCoreLimits(readText) };
}

export function readMemory({ readText }: System): MemoryFacts {
  return { totalBytes: totalmem(), freeBytes: freemem(), limitBytes: readCgroupLimits(readText).memoryBytes };
}

export function readGlibc({ platform, system }: Pick<Examination, "platform" | "system">): GlibcFacts {
  return { platform, version: findGlibcVersion(system), isReplaced: system.isReplaced };
}

export function readLibstdcxx(system: System): LibstdcxxFacts {
  const found = system.os === "linux" ? findLibstdcxx(system) : undefined;
  return { os: system.os, isReplaced: system.isReplaced, path: found?.path, newest: found?.newestVersion };
}
