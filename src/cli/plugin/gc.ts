// `termite plugin gc`: what no plugin uses goes.
import { formatBytes } from "../../format-bytes.ts";
import { PLUGIN_NAMES } from "../../plugins/catalog/lock.ts";
import { collectGarbage } from "../../plugins/store/collect-garbage.ts";
import type { OldVersion } from "../../plugins/store/collect-garbage.ts";
import { createCommand } from "../command.ts";
import type { Invocation } from "../command.ts";
import { createConfigFlags } from "../context.ts";
import { writeData } from "../output.ts";
import { formatCount } from "./report/plan-text.ts";
import { runLocked } from "./run-locked.ts";
import { JSON_FLAG } from "./spec-argument.ts";

export const pluginGcCommand = createCommand({
  name: "plugin gc",
  summary: "remove partial downloads, unused files, old versions",
  flags: { ...JSON_FLAG, ...createConfigFlags() },
  examples: [["termite plugin gc", "the version that counts and the one before it stay"]],
  run: runPluginGc,
});

async function runPluginGc(invocation: Invocation): Promise<number> {
  const report = await runLocked(invocation, PLUGIN_NAMES, ({ pluginsDir }) => collectGarbage(pluginsDir));
  if (invocation.flags["json"] === true) return writeRow(JSON.stringify(report));
  for (const version of report.removed) writeRow(`${formatVersion(version)}: removed`);
  for (const version of report.held) writeRow(`${formatVersion(version)}: kept, a server uses it`);
  return writeRow(`${formatBytes(report.freedBytes)} freed, ${formatCount(report.objects, "unused file")} removed`);
}

function writeRow(text: string): number {
  writeData(`${text}\n`);
  return 0;
}

function formatVersion({ plugin, name }: OldVersion): string {
  return `${plugin} ${name}`;
}
