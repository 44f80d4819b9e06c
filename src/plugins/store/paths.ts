// Where everything of the plugin store is. Pure. One place knows the names.
import { join } from "node:path";
import type { PluginName } from "../catalog/lock.ts";

/** Folders that all plugins share. All are on the file system of `plugins_dir`, so that a rename or a link moves bytes nowhere. */
export interface StorePaths {
  pluginsDir: string;
  /** Verified files by their content. */
  objects: string;
  /** Downloads that are not whole: kept between runs. */
  partial: string;
  /** Trees that are being made or thrown away: never kept. */
  staging: string;
  locks: string;
}

export function resolveStorePaths(pluginsDir: string): StorePaths {
  return {
    pluginsDir,
    objects: join(pluginsDir, ".objects", "sha256"),
    partial: join(pluginsDir, ".partial"),
    staging: join(pluginsDir, ".staging"),
    locks: join(pluginsDir, ".locks"),
  };
}

export interface PluginPaths {
  /** `plugins_dir/xla/cuda` */
  folder: string;
  versions: string;
  /** The link to the version that counts. */
  current: string;
  /** The plugin library as others look for it; absent for ONNX Runtime, whose library nobody looks for by one name. */
  link?: string;
}

export function resolvePluginPaths(pluginsDir: string, plugin: PluginName): PluginPaths {
  const [backend = "", device = ""] = plugin.split(":");
  const folder = join(pluginsDir, backend, device);
  const paths = { folder, versions: join(folder, "versions"), current: join(folder, "current") };
  return backend === "xla" ? { ...paths, link: join(folder, `pjrt_c_api_${device}_plugin.so`) } : paths;
}
