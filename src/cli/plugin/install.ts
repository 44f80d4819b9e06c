// `termite plugin install SPEC…`: GPU and TPU runtimes into `plugins_dir`, whole or not at all.
import { readHeldBytes } from "../../plugins/install/held-bytes.ts";
import { planInstall } from "../../plugins/install/plan-install.ts";
import { chooseLocks } from "../../plugins/install/choose-locks.ts";
import type { InstallPlan } from "../../plugins/install/events.ts";
import { openObjectStore } from "../../plugins/store/object-store.ts";
import { createCommand } from "../command.ts";
import type { FlagTable, Invocation } from "../command.ts";
import { createConfigFlags, openContext } from "../context.ts";
import type { Context } from "../context.ts";
import { writeData } from "../output.ts";
import { openPluginMachine } from "./open-plugin-machine.ts";
import { formatDryRun } from "./report/plan-text.ts";
import { openFrom, runInstall, withErrorEvent } from "./run-install.ts";
import { MANY_SPECS, parseSpecs } from "./spec-argument.ts";

/** Of every command that installs. */
export const INSTALL_FLAGS: FlagTable = {
  force: { type: "boolean", description: "go past a failed check of the hardware or the system; it is still shown" },
  probe: { type: "boolean", description: "do not run it on the device before it counts", isOn: true },
  from: { type: "string", valueHint: "file", description: "a bundle of `plugin export`, its first part, or a folder of wheels" },
  yes: { type: "boolean", description: "accept licences and sizes without a question" },
  json: { type: "boolean", description: "one event a line, as JSON" },
};

export const pluginInstallCommand = createCommand({
  name: "plugin install",
  summary: "install GPU and TPU runtimes: no toolkit, no sudo, no Python",
  flags: {
    "dry-run": { type: "boolean", description: "show what would be fetched and checked, and fetch nothing" },
    ...INSTALL_FLAGS, ...createConfigFlags(),
  },
  positionals: MANY_SPECS,
  examples: [
    ["termite plugin install xla:cuda", "the newest version of this build, CUDA 13 or 12 by the driver"],
    ["termite plugin install xla:cuda onnx:cuda --yes", "both; what they share is fetched once"],
    ["termite plugin install onnx:cuda --dry-run", "files, bytes, licences, checks"],
    ["termite plugin install xla:tpu --from tpu.tar", "without a network, from what `plugin export` wrote"],
  ],
  run: runPluginInstall,
});

function runPluginInstall(invocation: Invocation): Promise<number> {
  return withErrorEvent(invocation, () => installOrPlan(invocation));
}

async function installOrPlan(invocation: Invocation): Promise<number> {
  const specs = parseSpecs(invocation);
  const context = await openContext(invocation, { quiet: true });
  if (invocation.flags["dry-run"] !== true) return runInstall(specs, context, invocation);
  const plugins = await planDryRun(invocation, context);
  if (invocation.flags["json"] === true) writeData(`${JSON.stringify({ plugins }, null, 2)}\n`);
  else writeData(plugins.map(formatDryRun).join("\n"));
  return 0;
}

/** Writes nothing to disk, asks nobody. What is in place already is shown with nothing to fetch. */
async function planDryRun(invocation: Invocation, { loaded, environment, log }: Context): Promise<InstallPlan[]> {
  const machine = openPluginMachine({ config: loaded.config, environment, log });
  const facts = await machine.readFacts();
  const opened = await openFrom(invocation);
  const bundled = opened?.kind === "bundle" ? opened.manifest : undefined;
  const locks = await chooseLocks(parseSpecs(invocation), { ...machine, hardware: facts.hardware, bundled });
  const { pluginsDir } = machine;
  return planInstall(locks, { objects: openObjectStore(pluginsDir), heldBytes: readHeldBytes(pluginsDir), facts });
}
