// One asset of the executable as it lies on disk: whole, not there yet, or damaged and mended.
import { formatError } from "../../errors.ts";
import type { AssetName, AssetState, AssetStore } from "../../runtime/assets.ts";
import type { Verdict } from "../finding.ts";
import { resolveRemedy } from "../remedy.ts";

export interface AssetFacts {
  name: AssetName;
  version: string;
  /** Before anything was mended. */
  state: AssetState;
  /** Why it could not be mended. */
  failure?: unknown;
}

/** Looks by hash, and extracts anew what is damaged. */
export async function readAsset(assets: AssetStore, name: AssetName): Promise<AssetFacts> {
  const { version } = assets.info(name);
  const state = await assets.inspect(name);
  if (state !== "damaged") return { name, version, state };
  try {
    await assets.repair(name);
    return { name, version, state };
  } catch (failure) {
    return { name, version, state, failure };
  }
}

export function resolveAsset({ name, version, state, failure }: AssetFacts): Verdict {
  if (state === "whole") return { status: "ok", found: `${name} ${version} is whole` };
  if (state === "absent") return { status: "ok", found: `${name} ${version} is not extracted yet` };
  if (failure === undefined) return { status: "warn", found: `${name} was damaged and is extracted anew` };
  return {
    status: "fail",
    found: formatDamage(name, failure),
    needed: "the bytes that are inside this executable",
    remedy: resolveRemedy(failure),
  };
}

/** For the engine that is this asset, too: what is known to be damaged is not tried. */
export function formatDamage(name: AssetName, failure: unknown): string {
  return `${name} is damaged and cannot be extracted anew: ${formatError(failure)}`;
}
