// `termite plugin export SPEC -o FILE`: an installed plugin as one file, or in parts, for a machine without a network.
import { resolve } from "node:path";
import { TermiteError } from "../../errors.ts";
import { formatBytes } from "../../format-bytes.ts";
import { exportBundle } from "../../plugins/bundle/export-bundle.ts";
import { createCommand } from "../command.ts";
import type { Invocation } from "../command.ts";
import { createConfigFlags, openContext } from "../context.ts";
import { readFlagText } from "../flag-values.ts";
import { createInterrupt } from "../interrupt.ts";
import { openMachine } from "../machine.ts";
import { writeData } from "../output.ts";
import { createPace } from "../pace.ts";
import { createStatusLine } from "../progress.ts";
import { parseSize } from "./parse-size.ts";
import { withPlacedWords } from "./placed-library.ts";
import { JSON_FLAG, ONE_SPEC, parsePlugin } from "./spec-argument.ts";

const SHOW_MS = 100;

export const pluginExportCommand = createCommand({
  name: "plugin export",
  summary: "one file to carry to a machine without a network",
  flags: {
    output: { type: "string", valueHint: "file", short: "o", description: "where to write it" },
    split: { type: "string", valueHint: "size", description: "in parts of this size: FILE.000, FILE.001, …" },
    ...JSON_FLAG, ...createConfigFlags(),
  },
  positionals: ONE_SPEC,
  examples: [
    ["termite plugin export xla:cuda -o cuda.tar", "then there: termite plugin install xla:cuda --from cuda.tar"],
    ["termite plugin export xla:cuda -o cuda.tar --split 2GB", "for file systems and shelves with a limit; --from cuda.tar.000"],
  ],
  run: runPluginExport,
});

async function runPluginExport(invocation: Invocation): Promise<number> {
  const plugin = parsePlugin(invocation.positionals[0] ?? "", "export");
  const [file, split] = [readFlagText(invocation, "output"), readFlagText(invocation, "split")];
  if (file === undefined) {
    throw new TermiteError("usage", 'Cannot run "termite plugin export": missing -o FILE', {
      hint: `termite plugin export ${plugin} -o ${plugin.replace(":", "-")}.tar`,
    });
  }
  const splitBytes = split === undefined ? undefined : parseSize(split, "split");
  const { loaded, environment } = await openContext(invocation, { quiet: true });
  const { search } = openMachine({ config: loaded.config, environment });
  const { pluginsDir } = loaded.config;
  const interrupt = createInterrupt();
  const line = createStatusLine();
  const isDue = createPace(SHOW_MS);
  const onProgress = (doneBytes: number, totalBytes: number): void => {
    if (isDue()) line.show(`${plugin}: ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)} written`);
  };
  try {
    const work = withPlacedWords({ pluginsDir, plugin, verb: "export", search }, () =>
      exportBundle({ pluginsDir, plugin, file: resolve(file), splitBytes, onProgress, signal: interrupt.signal }),
    );
    const { installed, files, sizeBytes } = await interrupt.race(work);
    line.clear();
    const row = { plugin, version: installed.receipt.version, sizeBytes, files };
    if (invocation.flags["json"] === true) writeData(`${JSON.stringify(row)}\n`);
    else writeData(`${plugin} ${row.version}: ${formatBytes(sizeBytes)} in ${files.join(", ")}\n`);
    return 0;
  } finally {
    line.clear();
    interrupt.close();
  }
}
