// `termite plugin list`: the engines inside, and the others by name with what is known of this platform.
import { listPlugins } from "../plugins/list.ts";
import { readBuildInfo } from "../runtime/build-info.ts";
import { createCommand } from "./command.ts";
import type { Invocation } from "./command.ts";
import { createConfigFlags, openContext } from "./context.ts";
import { writeData } from "./output.ts";
import { formatBytes, formatTable } from "./table.ts";


export const pluginListCommand = createCommand({
  name: "plugin list",
  summary: "engines: bundled, and what this platform could have",
  flags: { json: { type: "boolean", description: "as JSON" }, ...createConfigFlags() },
  examples: [
    ["termite plugin list", "name, status, version and the reason"],
    ["termite plugin list --json", "the same for scripts"],
  ],
  run: runPluginList,
});

async function runPluginList(invocation: Invocation): Promise<number> {
  await openContext(invocation, { quiet: true });
  const plugins = listPlugins({
    platform: { os: process.platform, arch: process.arch },
    onnxVersion: readBuildInfo().engines["onnxruntime"] ?? "",
  });
  if (invocation.flags["json"] === true) {
    writeData(`${JSON.stringify({ plugins }, null, 2)}\n`);
    return 0;
  }
  const rows = plugins.map((plugin) => [
    plugin.name,
    plugin.status,
    plugin.version ?? "",
    plugin.sizeBytes === undefined ? "" : formatBytes(plugin.sizeBytes),
    plugin.reason ?? "",
  ]);
  writeData(formatTable(["PLUGIN", "STATUS", "VERSION", "SIZE", "REASON"], rows));
  return 0;
}
