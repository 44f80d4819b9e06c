// Folders, the disks they are on, and what was extracted there.
import { readOwner } from "../../plugins/search/ownership.ts";
import { resolveRuntimeFolder } from "../../runtime/layout.ts";
import type { AssetName } from "../../runtime/assets.ts";
import type { Check } from "../check.ts";
import { resolveAsset } from "./asset.ts";
import { resolveDisk } from "./disk.ts";
import { resolveFolder } from "./folder.ts";
import { ASSET_NAMES, readHomeNeeds, readPluginNeeds } from "./needs.ts";
import { readDisk, readFolder } from "./read-folder.ts";

const HOME_SETTING = "TERMITE_HOME (or --home)";

export const STORAGE_CHECKS: readonly Check[] = [
  {
    id: "folder.home",
    run: async (examination) => {
      // The folder first: what is extracted meanwhile makes it, and its own failure says more than that of what is in it.
      const folder = await readFolder(examination.loaded.config.home);
      const needs = await readHomeNeeds(examination);
      return resolveFolder(folder, { owner: readOwner(), mustWrite: needs.servingBytes > 0, setting: HOME_SETTING });
    },
  },
  {
    id: "folder.runtime",
    run: async (examination) => {
      const path = resolveRuntimeFolder(examination.loaded.config.home);
      const folder = await readFolder(path);
      const needs = await readHomeNeeds(examination);
      return resolveFolder(folder, { owner: readOwner(), mustWrite: needs.servingBytes > 0, mustExecute: true, setting: HOME_SETTING });
    },
  },
  {
    id: "folder.models",
    run: async ({ loaded }) =>
      resolveFolder(await readFolder(loaded.config.modelsDir), {
        owner: readOwner(),
        mustWrite: false,
        setting: "TERMITE_MODELS_DIR (or --models-dir)",
      }),
  },
  {
    id: "folder.plugins",
    run: async ({ loaded }) =>
      resolveFolder(await readFolder(loaded.config.pluginsDir), {
        owner: readOwner(),
        mustWrite: false,
        mustExecute: true,
        mustBeOurs: true,
        setting: "TERMITE_PLUGINS_DIR (or --plugins-dir)",
      }),
  },
  {
    id: "disk.home",
    run: async (examination) => {
      const [disk, needs] = await Promise.all([readDisk(examination.loaded.config.home), readHomeNeeds(examination)]);
      return resolveDisk(disk, {
        leastBytes: needs.servingBytes,
        what: "what a server needs of this executable",
        wishedBytes: needs.allBytes,
        wish: "all that is inside this executable",
      });
    },
  },
  {
    id: "disk.models",
    run: async ({ loaded }) => resolveDisk(await readDisk(loaded.config.modelsDir), { leastBytes: 0, what: "models" }),
  },
  {
    id: "disk.plugins",
    run: async (examination) =>
      resolveDisk(await readDisk(examination.loaded.config.pluginsDir), await readPluginNeeds(examination)),
  },
  ...ASSET_NAMES.map(createAssetCheck),
];

function createAssetCheck(name: AssetName): Check {
  return {
    id: `asset.${name}`,
    run: async ({ asset, assetNames }) => (assetNames.includes(name) ? resolveAsset(await asset(name)) : undefined),
  };
}
