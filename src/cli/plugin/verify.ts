// `termite plugin verify [SPEC]`: every file against the receipt, then the library on the device, where there is one.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { formatBytes } from "../../format-bytes.ts";
import { PLUGIN_NAMES } from "../../plugins/catalog/lock.ts";
import type { PluginName } from "../../plugins/catalog/lock.ts";
import { resolveEngine } from "../../plugins/install/check-abi.ts";
import type { InstallMachine } from "../../plugins/install/install-options.ts";
import { findAbsence, probeInTree } from "../../plugins/install/probe-tree.ts";
import type { TreeProbe } from "../../plugins/install/probe-tree.ts";
import { readInstalled } from "../../plugins/store/installed.ts";
import type { SearchResult } from "../../plugins/search/search-result.ts";
import type { InstalledVersion } from "../../plugins/store/installed.ts";
import type { TreeProblem } from "../../plugins/store/tree-problems.ts";
import { verifyInstalled } from "../../plugins/store/verify-installed.ts";
import type { VerifyReport } from "../../plugins/store/verify-installed.ts";
import { createCommand } from "../command.ts";
import type { Invocation } from "../command.ts";
import { createConfigFlags, openContext } from "../context.ts";
import { createInterrupt } from "../interrupt.ts";
import { openMachine } from "../machine.ts";
import type { Machine } from "../machine.ts";
import { writeData, writeMessage } from "../output.ts";
import { createPace } from "../pace.ts";
import { createStatusLine } from "../progress.ts";
import { openPluginMachine } from "./open-plugin-machine.ts";
import { findPlaced, withPlacedWords } from "./placed-library.ts";
import { formatCount } from "./report/plan-text.ts";
import { JSON_FLAG, OPTIONAL_SPEC, parsePlugin } from "./spec-argument.ts";

const SHOW_MS = 100;

/** One element of `plugin verify --json`. */
export interface VerifyRow {
  name: PluginName;
  version: string;
  ok: boolean;
  files: number;
  sizeBytes: number;
  problems: readonly TreeProblem[];
  /** Absent where a file is wrong: then nothing of it is loaded. */
  probe?: TreeProbe;
}

export const pluginVerifyCommand = createCommand({
  name: "plugin verify",
  summary: "read every file of installed plugins, then try them on the device",
  flags: {
    probe: { type: "boolean", description: "only the files", isOn: true },
    ...JSON_FLAG, ...createConfigFlags(),
  },
  positionals: OPTIONAL_SPEC,
  examples: [
    ["termite plugin verify", "every plugin that is installed; exit code 1 when a byte is not right"],
    ["termite plugin verify xla:tpu --json", "one, for scripts"],
  ],
  run: runPluginVerify,
});

async function runPluginVerify(invocation: Invocation): Promise<number> {
  const { positionals: [text], flags } = invocation;
  const { loaded, environment, log } = await openContext(invocation, { quiet: true });
  const interrupt = createInterrupt();
  const { signal } = interrupt;
  const machine = openPluginMachine({ config: loaded.config, environment, log, signal });
  const { search } = openMachine({ config: loaded.config, environment });
  const { pluginsDir } = machine;
  const plugins = text === undefined ? listInstalled(machine, search) : [parsePlugin(text, "verify")];
  const rows: VerifyRow[] = [];
  try {
    for (const plugin of plugins) {
      const look = { signal, search, isProbed: flags["probe"] !== false };
      const work = withPlacedWords({ pluginsDir, plugin, verb: "verify", search }, () => verify(plugin, machine, look));
      const row = await interrupt.race(work);
      rows.push(row);
      if (flags["json"] !== true) writeData(formatRow(row));
    }
  } finally {
    interrupt.close();
  }
  if (flags["json"] === true) writeData(`${JSON.stringify({ plugins: rows }, null, 2)}\n`);
  else if (rows.length === 0) writeData("no plugin is installed\n");
  return rows.every(({ ok }) => ok) ? 0 : 1;
}

/** Damaged ones too: they are not right. Those that were placed by hand are only named. */
function listInstalled({ pluginsDir }: InstallMachine, search: Machine["search"]): PluginName[] {
  return PLUGIN_NAMES.filter((plugin) => {
    const placed = findPlaced(pluginsDir, plugin, search(plugin));
    if (placed !== undefined) {
      writeMessage(`${plugin}: not verified, what is in "${placed}" was placed by hand\n`);
      return false;
    }
    const { installed, problem } = readInstalled(pluginsDir, plugin);
    return installed !== undefined || problem !== undefined;
  });
}

interface VerifyLook {
  signal: AbortSignal;
  search: Machine["search"];
  isProbed: boolean;
}

async function verify(plugin: PluginName, machine: InstallMachine, look: VerifyLook): Promise<VerifyRow> {
  const { signal, search, isProbed } = look;
  const { installed, problems, files, sizeBytes } = await readFiles(plugin, machine, signal);
  const row = { name: plugin, version: installed.receipt.version, files, sizeBytes, problems };
  if (problems.length > 0) return { ...row, ok: false };
  const refusal = findRefusal(search(plugin));
  if (refusal !== undefined) return { ...row, ok: false, probe: { ok: false, found: `not loaded: ${refusal}` } };
  const probe = isProbed ? await tryLibrary(installed, machine) : { ok: true, found: "not loaded (--no-probe)" };
  return { ...row, ok: probe.ok, probe };
}

/** Why a server would not load what counts, and so neither is it here: the folder of another user, for example. */
function findRefusal({ places: [current] }: SearchResult): string | undefined {
  return current?.outcome === "passed over" ? current.reason : undefined;
}

async function readFiles(plugin: PluginName, { pluginsDir }: InstallMachine, signal: AbortSignal): Promise<VerifyReport> {
  const line = createStatusLine();
  const isDue = createPace(SHOW_MS);
  const onProgress = (doneBytes: number, totalBytes: number): void => {
    if (isDue()) line.show(`${plugin}: ${formatBytes(doneBytes)} of ${formatBytes(totalBytes)} read`);
  };
  try {
    return await verifyInstalled({ pluginsDir, plugin, cores: availableParallelism(), onProgress, signal });
  } finally {
    line.clear();
  }
}

/** On a machine without the device the library is loaded, and that is said. */
async function tryLibrary({ plugin, folder, receipt }: InstalledVersion, machine: InstallMachine): Promise<TreeProbe> {
  const { library } = receipt;
  if (library === undefined) return { ok: true, found: "not loaded: its receipt names no library" };
  const absence = findAbsence(plugin, (await machine.readFacts()).hardware);
  if (absence === undefined) return probeInTree({ plugin, library }, folder, machine.probeTree);
  const outcome = await machine.probe({ ...resolveEngine(plugin), libraryPath: join(folder, library), until: "version" });
  if (!outcome.ok) return { ok: false, found: `it does not load: ${outcome.reason}` };
  return { ok: true, found: `version ${outcome.report.version ?? "unknown"} loads; not run, no device: ${absence}` };
}

/** `xla:tpu 0.0.52: 1 file, 467.5 MB, all right; version 0.117 loads; not run, no device: no TPU` */
export function formatRow({ name, version, files, sizeBytes, problems, probe }: VerifyRow): string {
  const start = `${name} ${version}: ${formatCount(files, "file")}, ${formatBytes(sizeBytes)}`;
  if (problems.length === 0) {
    const verdict = probe?.ok === false ? "files are right, probe failed" : "all right";
    return `${start}, ${verdict}; ${probe?.found ?? ""}\n`;
  }
  const lines = problems.map(({ path, kind, found }) => `  ${kind} ${path}${found === undefined ? "" : `: ${found}`}\n`);
  return `${start}, ${problems.length} not right\n${lines.join("")}  mend it with: termite plugin install ${name}\n`;
}
