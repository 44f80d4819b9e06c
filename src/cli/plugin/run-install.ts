// Installs and updates as commands: the composition around `installPlugins`, its output, and what Ctrl-C leaves behind.
import { resolve } from "node:path";
import { formatError, TermiteError } from "../../errors.ts";
import { formatBytes } from "../../format-bytes.ts";
import { openBundle } from "../../plugins/bundle/open-bundle.ts";
import type { Bundle, WheelFolder } from "../../plugins/bundle/open-bundle.ts";
import { PLUGIN_NAMES } from "../../plugins/catalog/lock.ts";
import type { Log } from "../../log.ts";
import type { PluginSpec } from "../../plugins/catalog/spec.ts";
import type { InstallEvent } from "../../plugins/install/events.ts";
import { installPlugins } from "../../plugins/install/install-plugins.ts";
import type { InstalledPlugin, InstallPluginsOptions } from "../../plugins/install/install-options.ts";
import type { Invocation } from "../command.ts";
import type { Context } from "../context.ts";
import { createInterrupt } from "../interrupt.ts";
import { writeData } from "../output.ts";
import { readFlagText } from "../flag-values.ts";
import { askAtTerminal, isAtTerminal } from "./ask.ts";
import { createInstallReporter } from "./report/install-reporter.ts";
import { openPluginMachine } from "./open-plugin-machine.ts";
import { openWheelSources } from "./wheel-sources.ts";

/** Runs a command that installs. With `--json` its last line is the error that ended it, whatever that was. */
export async function withErrorEvent({ flags, positionals }: Invocation, run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (flags["json"] === true && flags["dry-run"] !== true) writeData(`${JSON.stringify(createErrorEvent(error, positionals))}\n`);
    throw error;
  }
}

/** What `--from` names; `undefined` without it. Throws `invalid_bundle`. */
export async function openFrom(invocation: Invocation): Promise<Bundle | WheelFolder | undefined> {
  const from = readFlagText(invocation, "from");
  return from === undefined ? undefined : openBundle(resolve(from));
}

/** Resolves to the exit code. */
export async function runInstall(
  specs: readonly PluginSpec[],
  context: Context,
  invocation: Invocation,
): Promise<number> {
  const { flags } = invocation;
  const { isJson, isQuiet, isForced } = readOutputFlags(flags);
  const reporter = createInstallReporter({ isJson, isQuiet, isForced });
  const interrupt = createInterrupt();
  const { signal } = interrupt;
  const { loaded, environment, log } = context;
  const isAsking = !isJson && flags["yes"] !== true && isAtTerminal();
  try {
    const opened = await openFrom(invocation);
    const folder = opened?.kind === "wheels" ? opened.folder : undefined;
    const work = installPlugins({
      specs, signal, isForced,
      machine: openPluginMachine({ config: loaded.config, environment, log, signal }),
      bundle: opened?.kind === "bundle" ? opened : undefined,
      openSources: () => openWheelSources({ loaded, environment, signal, folder }),
      isProbed: flags["probe"] !== false,
      offline: loaded.config.offline,
      onEvent: reporter.onEvent,
      onWait: reporter.onWait,
      ...createWarnings(log),
      ...(isAsking && { confirm: (plans) => askAtTerminal(plans, signal) }),
    });
    const results = await interrupt.race(work);
    reporter.close();
    if (!isJson && !isQuiet) for (const result of results) writeData(formatResult(result));
    return 0;
  } catch (error) {
    throw resolveInterrupt(error, signal);
  } finally {
    // What is said next is not to stand in the middle of what moves.
    reporter.close();
    interrupt.close();
  }
}

function createWarnings(log: Log): Pick<InstallPluginsOptions, "onIncident" | "onDamage"> {
  return {
    onIncident: ({ isAskedAgain, ...incident }) => {
      const next = isAskedAgain === true ? "sent a wrong piece, it was asked again" : "failed, the next one was asked";
      log.warn(`a source of wheels ${next}`, incident);
    },
    onDamage: (damage) => log.warn("a kept file is damaged, it is fetched again", { ...damage }),
  };
}

export interface OutputFlags {
  isJson: boolean;
  isQuiet: boolean;
  isForced: boolean;
}

function readOutputFlags(flags: Invocation["flags"]): OutputFlags {
  return { isJson: flags["json"] === true, isQuiet: flags["quiet"] === true, isForced: flags["force"] === true };
}

/** Ctrl-C is no loss: what was fetched counts at the next try. */
function resolveInterrupt(error: unknown, signal: AbortSignal): unknown {
  if (!signal.aborted) return error;
  return new TermiteError("interrupted", "Cannot finish: interrupted; what was fetched is kept", {
    hint: "Run the same command again to go on from there, or remove it with: termite plugin gc",
    cause: error,
  });
}

function createErrorEvent(error: unknown, specs: readonly string[]): Extract<InstallEvent, { event: "error" }> {
  const plugin = specs.length === 1 ? PLUGIN_NAMES.find((name) => name === specs[0]?.split("@")[0]) : undefined;
  const known = error instanceof TermiteError ? error : undefined;
  return {
    event: "error",
    ...(plugin !== undefined && { plugin }),
    code: known?.code ?? "internal",
    message: formatError(error),
    ...(known?.hint !== undefined && { hint: known.hint }),
  };
}

/** `xla:tpu 0.0.52: installed, 137.0 MB fetched, 467.5 MB, /home/me/.termite/plugins/xla/tpu/versions/0.0.52` */
function formatResult({ plugin, version, path, sizeBytes, fetchedBytes, wasThere }: InstalledPlugin): string {
  const done = wasThere ? "already there" : `installed, ${formatBytes(fetchedBytes)} fetched`;
  return `${plugin} ${version}: ${done}, ${formatBytes(sizeBytes)}, ${path}\n`;
}
