// A process that downloads and is killed: bun fetch-child.ts LOCKED_WHEELS INDEX_URL FOLDER
import { fetchFiles } from "../../../src/plugins/download/fetch-files.ts";
import { createIndexSource } from "../../../src/plugins/download/index-source.ts";
import { createIndexClient } from "../../../src/plugins/index/index-client.ts";
import { openObjectStore } from "../../../src/plugins/store/object-store.ts";

const [wheelsFile = "", indexUrl = "", folder = ""] = process.argv.slice(2);
await fetchFiles({
  wheels: await Bun.file(wheelsFile).json(),
  sources: [createIndexSource(createIndexClient({ indexUrl: new URL(indexUrl) }))],
  objects: openObjectStore(folder),
  partialFolder: `${folder}/.partial`,
});
