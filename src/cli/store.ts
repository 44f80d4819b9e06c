// Where models and assets are: the model store of the configuration, with the model inside the executable.
import { statSync } from "node:fs";
import type { LoadedConfig } from "../config/config.ts";
import type { Log } from "../log.ts";
import type { ModelStore } from "../models/manifest.ts";
import { createModelStore } from "../models/store.ts";
import { createAssetStore } from "../runtime/asset-store.ts";
import type { AssetStore } from "../runtime/assets.ts";
import { childCommand } from "./child-command.ts";

/** Looking at a model's files is a twelfth of what a short text costs the server: not more often than ten times a second. */
const LOOK_STANDS_MS = 100;
const EMBEDDED_MODEL = "all-minilm-l6-v2:int8";

/**
 * Assets are extracted into `home` by a child with `environment`, each at its first use. When `signal` aborts, what is
 * being written is removed; without one a child dies with this process, and the next one removes it.
 */
export function openAssets(
  home: string,
  environment: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): AssetStore {
  return createAssetStore({ home, command: childCommand("__extract"), environment, ...(signal && { signal }) });
}

export interface OpenStoreOptions {
  loaded: LoadedConfig;
  log: Log;
  assets: AssetStore;
}

export function openStore({ loaded: { config }, log, assets }: OpenStoreOptions): ModelStore {
  return createModelStore({
    modelsDir: config.modelsDir,
    overrides: config.models,
    aliases: config.aliases,
    standsMs: LOOK_STANDS_MS,
    log,
    embedded: {
      id: EMBEDDED_MODEL,
      dir: () => assets.path("default-model"),
      repair: () => assets.repair("default-model"),
      sizeBytes: assets.info("default-model").sizeBytes,
      digest: assets.info("default-model").sha256,
      modifiedAt: Math.floor(statSync(process.execPath).mtimeMs / 1000),
    },
  });
}
