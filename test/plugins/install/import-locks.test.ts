import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { exportBundle } from "../../../src/plugins/bundle/export-bundle.ts";
import { openBundle } from "../../../src/plugins/bundle/open-bundle.ts";
import type { FetchProgress } from "../../../src/plugins/install/events.ts";
import { importLocks } from "../../../src/plugins/install/import-locks.ts";
import type { InstallPluginsOptions } from "../../../src/plugins/install/install-options.ts";
import { openObjectStore } from "../../../src/plugins/store/object-store.ts";
import { createPlugin, publishPlugin, usePluginsDirs } from "../store/make-plugin.ts";

const createDir = usePluginsDirs();
/** One that is read in several pieces. */
const PLUGIN = createPlugin({ "a/library.so": "library ".repeat(500_000), "b/small": "small", "c/tool": "#! tool" });

test("importLocks() tells of each file until all of it is there", async () => {
  const source = createDir();
  await publishPlugin(source, PLUGIN);
  const folder = createDir();
  mkdirSync(folder, { recursive: true });
  await exportBundle({ pluginsDir: source, plugin: "xla:cuda", file: join(folder, "cuda.tar") });
  const bundle = await openBundle(join(folder, "cuda.tar"));
  if (bundle.kind !== "bundle") throw new Error("a folder");
  const pluginsDir = createDir();
  const last = new Map<string, FetchProgress>();
  const options = {
    machine: { pluginsDir },
    onEvent: (event: { event: string } & FetchProgress) => void last.set(event.file, event),
  } as unknown as InstallPluginsOptions;
  await importLocks([PLUGIN.lock], bundle, { objects: openObjectStore(pluginsDir), onFile: async () => undefined, options });
  expect([...last.values()].map(({ file, fileDoneBytes, fileTotalBytes }) => [file, fileDoneBytes, fileTotalBytes])).toEqual([
    ["a/library.so", 4_000_000, 4_000_000], ["b/small", 5, 5], ["c/tool", 7, 7],
  ]);
});
