// Libraries that a person put into a plugin's folder: they count and are listed as installed, and the commands for what an
// install made have nothing to hold on to. They say so instead of "not installed".
import { TermiteError } from "../../errors.ts";
import type { PluginName } from "../../plugins/catalog/lock.ts";
import { readCurrent } from "../../plugins/store/installed.ts";
import type { SearchResult } from "../../plugins/search/search-result.ts";

const REMEDIES = {
  verify: () => "Look how it is found with: termite doctor; no receipt says which bytes are right",
  remove: (folder: string) => `Take it away yourself, it lies in "${folder}"`,
  export: (folder: string) => `Copy "${folder}" yourself, to the same place on the other machine`,
};

/** The folder that it lies in; `undefined` where an install made what counts, or nothing is there. */
export function findPlaced(pluginsDir: string, plugin: PluginName, { found, places }: SearchResult): string | undefined {
  const current = readCurrent(pluginsDir, plugin);
  if (found?.origin !== "placed" || current?.name !== undefined) return undefined;
  return places.find(({ outcome }) => outcome === "found")?.path ?? found.path;
}

export interface PlacedLook {
  pluginsDir: string;
  plugin: PluginName;
  verb: keyof typeof REMEDIES;
  search(plugin: PluginName): SearchResult;
}

/** Runs `body`. What it throws because no install made what is there is said in these words. */
export async function withPlacedWords<T>({ pluginsDir, plugin, verb, search }: PlacedLook, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    const isAbout = error instanceof TermiteError && ["plugin_not_installed", "plugin_damaged", "plugin_refused"].includes(error.code);
    const folder = isAbout ? findPlaced(pluginsDir, plugin, search(plugin)) : undefined;
    if (folder === undefined) throw error;
    const message = `Cannot ${verb} "${plugin}": what is in "${folder}" was placed by hand, not installed`;
    throw new TermiteError("plugin_not_installed", message, { hint: REMEDIES[verb](folder), cause: error });
  }
}
