// What still has to be written to disk: assets that are not extracted, and the libraries of a GPU that is there.
import type { AssetName } from "../../runtime/assets.ts";
import type { Examination } from "../examination.ts";
import type { DiskNeeds } from "./disk.ts";

/** In the order of the report. */
export const ASSET_NAMES: readonly AssetName[] = ["libonnxruntime", "pjrt-cpu", "tokenizers", "default-model"];

/** `xla:cuda` for CUDA 13 with all that its wheels hold (lock of 2026-11-22): the largest plugin there is. */
const PLUGIN_BYTES = 4_040_000_000;

export interface HomeNeeds {
  mustWrite: boolean;
  /** Bytes of the assets that are not whole on disk. */
  missingBytes: number;
}

export async function readHomeNeeds({ asset, assetNames, assets }: Examination): Promise<HomeNeeds> {
  const missing = await Promise.all(
    assetNames.map(async (name) => {
      const { state, failure } = await asset(name);
      return state === "absent" || failure !== undefined ? assets.info(name).sizeBytes : 0;
    }),
  );
  const missingBytes = missing.reduce((sum, sizeBytes) => sum + sizeBytes, 0);
  return { mustWrite: missingBytes > 0, missingBytes };
}

/** Nothing where there is no GPU: nobody will install its libraries there. */
export async function readPluginNeeds({ detectHardware }: Pick<Examination, "detectHardware">): Promise<DiskNeeds> {
  const needs = { leastBytes: 0, what: "plugins" };
  const { state } = (await detectHardware()).nvidia;
  return state === "absent" ? needs : { ...needs, wishedBytes: PLUGIN_BYTES, wish: "the libraries of a GPU" };
}
