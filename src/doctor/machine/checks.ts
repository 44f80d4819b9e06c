// The machine: system and accelerators.
import type { Check } from "../check.ts";
import { isWanted } from "../settings/wanted.ts";
import { resolveCores } from "./cores.ts";
import { resolveGlibc } from "./glibc.ts";
import { resolveNvidia, resolveOverrides, resolveTpu } from "./hardware.ts";
import { resolveLibstdcxx } from "./libstdcxx.ts";
import { resolveMemory } from "./memory.ts";
import { resolvePlatform } from "./platform.ts";
import { readCores, readGlibc, readLibstdcxx, readMachine, readMemory } from "./read-machine.ts";

export const MACHINE_CHECKS: readonly Check[] = [
  { id: "system.platform", run: async (examination) => resolvePlatform(await readMachine(examination)) },
  { id: "system.cores", run: async ({ system }) => resolveCores(readCores(system)) },
  { id: "system.memory", run: async ({ system }) => resolveMemory(readMemory(system)) },
  { id: "system.glibc", run: async (examination) => resolveGlibc(readGlibc(examination)) },
  { id: "system.libstdc++", run: async ({ system }) => resolveLibstdcxx(readLibstdcxx(system)) },
  {
    id: "hardware.overrides",
    run: async ({ detectHardware, findOverrideFailure }) => {
      return resolveOverrides(await detectHardware(), await findOverrideFailure());
    },
  },
  {
    id: "hardware.nvidia",
    run: async ({ detectHardware, loaded }) => resolveNvidia((await detectHardware()).nvidia, isWanted(loaded, "cuda")),
  },
  {
    id: "hardware.tpu",
    run: async ({ detectHardware, loaded }) => resolveTpu((await detectHardware()).tpu, isWanted(loaded, "tpu")),
  },
];
