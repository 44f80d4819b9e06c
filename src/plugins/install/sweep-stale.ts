// After an install: partial downloads that no lock of this build can go on with, because their file is whole by now or
// belongs to a version that it does not know. Those of other plugins that were cut short stay.
import { PLUGIN_NAMES } from "../catalog/lock.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { sweepPartials } from "../store/staging.ts";
import type { InstallMachine } from "./install-options.ts";

/** Under the install lock. */
export async function sweepStale(objects: ObjectStore, { pluginsDir, catalog, platform }: InstallMachine): Promise<void> {
  const lists = await Promise.all(PLUGIN_NAMES.map((plugin) => catalog.list(plugin, platform)));
  const files = lists.flat().flatMap(({ wheels }) => wheels.flatMap((wheel) => wheel.files));
  await sweepPartials(pluginsDir, new Set(files.filter((file) => !objects.has(file)).map(({ sha256 }) => sha256)));
}
