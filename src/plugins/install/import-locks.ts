// The other way to get what a plugin lacks: out of a bundle, which holds one plugin.
import { TermiteError } from "../../errors.ts";
import { importBundle } from "../bundle/import-bundle.ts";
import type { Bundle } from "../bundle/open-bundle.ts";
import { formatTreePath } from "../catalog/lock.ts";
import type { PluginFile, PluginLock } from "../catalog/lock.ts";
import type { ObjectStore } from "../store/object-store.ts";
import type { InstallPluginsOptions } from "./install-options.ts";

export interface ImportNeeds {
  objects: ObjectStore;
  onFile(file: PluginFile): Promise<void>;
  options: InstallPluginsOptions;
}

/** Resolves to the bundle's name. Throws `invalid_bundle`. */
export async function importLocks(locks: readonly PluginLock[], bundle: Bundle, needs: ImportNeeds): Promise<string> {
  const { objects, onFile, options: { machine, onEvent, signal } } = needs;
  for (const lock of locks) {
    checkPlugin(lock, bundle);
    const sizes = new Map(lock.wheels.flatMap(({ files }) => files.map((file) => [formatTreePath(file), file.sizeBytes])));
    let [last, before, told] = ["", 0, 0];
    await importBundle({
      bundle, lock, objects, onFile, signal,
      pluginsDir: machine.pluginsDir,
      onProgress: ({ path: file, doneBytes, totalBytes }) => {
        // Files come one after the other.
        if (file !== last) [last, before] = [file, told];
        told = doneBytes;
        const counts = { fileDoneBytes: doneBytes - before, fileTotalBytes: sizes.get(file) ?? 0, doneBytes, totalBytes };
        onEvent?.({ event: "progress", plugin: lock.plugin, file, ...counts });
      },
    });
  }
  return bundle.name;
}

function checkPlugin({ plugin }: PluginLock, { name, manifest }: Bundle): void {
  if (manifest.plugin === plugin) return;
  throw new TermiteError("invalid_bundle", `Cannot use "${name}": it holds "${manifest.plugin}", need "${plugin}"`, {
    hint: `termite plugin install ${manifest.plugin} --from FILE`,
  });
}
