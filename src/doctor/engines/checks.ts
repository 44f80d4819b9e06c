// The walk over the places of every engine's library, and what each library that was found can do.
import { TARGETS } from "../../target.ts";
import type { Target } from "../../target.ts";
import type { Check } from "../check.ts";
import type { Examination } from "../examination.ts";
import { isWanted } from "../settings/wanted.ts";
import { resolveEngine } from "./engine.ts";
import { resolveSearch } from "./search.ts";

export const ENGINE_CHECKS: readonly Check[] = [...TARGETS.map(createSearchCheck), ...TARGETS.map(createEngineCheck)];

function createSearchCheck(target: Target): Check {
  return {
    id: `search.${target}`,
    run: async (examination) => {
      const needs = { isWanted: isWanted(examination.loaded, target), isUseful: await isUseful(target, examination) };
      return resolveSearch(await examination.search(target), needs);
    },
  };
}

/** There is an accelerator for this target, and for none of its targets a library. */
async function isUseful(target: Target, { detectHardware, search }: Examination): Promise<boolean> {
  const device = target.split(":")[1] ?? "";
  const { nvidia, tpu } = await detectHardware();
  const isUsable = (device === "cuda" && nvidia.state === "usable") || (device === "tpu" && tpu.state === "usable");
  if (!isUsable) return false;
  const results = await Promise.all(TARGETS.filter((other) => other.endsWith(`:${device}`)).map(search));
  return results.every(({ found }) => found === undefined);
}

function createEngineCheck(target: Target): Check {
  return {
    id: `engine.${target}`,
    run: async ({ engine, loaded }) => {
      const facts = await engine(target);
      return facts === undefined ? undefined : resolveEngine(facts, isWanted(loaded, target));
    },
  };
}
