// What still has to be written to disk: assets that are not extracted, and the libraries of a GPU that is there.
import type { AssetName } from "../../runtime/assets.ts";
import type { Examination } from "../examination.ts";
import type { DiskNeeds } from "./disk.ts";

/** In the order of the report. */
export const ASSET_NAMES: readonly AssetName[] = ["libonnxruntime", "pjrt-cpu", "tokenizers", "default-model"];

/** `xla:cuda` for CUDA 13 with all that its wheels hold (lock of 2026-11-22): the largest plugin there is. */
const PLUGIN_BYTES = 4_040_000_000;

/** Only `doctor` runs it in this build. */
const NOT_SERVED: readonly AssetName[] = ["pjrt-cpu"];

/** Bytes of the assets that are not whole on disk. */
export interface HomeNeeds {
  /** Of those that a server needs. */
  servingBytes: number;
  allBytes: number;
}

export async function readHomeNeeds({ asset, assetNames, assets }: Pick<Examination, "asset" | "assetNames" | "assets">): Promise<HomeNeeds> {
  const facts = await Promise.all(assetNames.map(asset));
  const missing = facts.filter(({ state, failure }) => state === "absent" || failure !== undefined).map(({ name }) => name);
  const sum = (names: readonly AssetName[]) => names.reduce((bytes, name) => bytes + assets.info(name).sizeBytes, 0);
  return { servingBytes: sum(missing.filter((name) => !NOT_SERVED.includes(name))), allBytes: sum(missing) };
}

/** Nothing where there is no GPU: nobody will install its libraries there. */
export async function readPluginNeeds({ detectHardware }: Pick<Examination, "detectHardware">): Promise<DiskNeeds> {
  const needs = { leastBytes: 0, what: "plugins" };
  const { state } = (await detectHardware()).nvidia;
  return state === "absent" ? needs : { ...needs, wishedBytes: PLUGIN_BYTES, wish: "the libraries of a GPU" };
}
