// `plugins.auto_install` at the start of `termite serve`: what is to be installed, why it may not be, and the log lines.
import { createHash } from "node:crypto";
import type { Context } from "./context.ts";
import { readFolder } from "../doctor/storage/read-folder.ts";
import { formatBytes } from "../format-bytes.ts";
import type { Log } from "../log.ts";
import { autoInstall } from "../plugins/auto-install/auto-install.ts";
import type { AutoInstallOutcome } from "../plugins/auto-install/auto-install.ts";
import { choosePlugins } from "../plugins/auto-install/choose-plugins.ts";
import { forgetFailures, MEMORY_MS, readFailures, writeFailure } from "../plugins/auto-install/failure-memory.ts";
import type { PluginName } from "../plugins/catalog/lock.ts";
import type { Hardware } from "../plugins/detect/hardware.ts";
import { chooseLocks } from "../plugins/install/choose-locks.ts";
import type { InstallEvent } from "../plugins/install/events.ts";
import { installPlugins } from "../plugins/install/install-plugins.ts";
import type { Target } from "../target.ts";
import type { Machine } from "./machine.ts";
import { openPluginMachine } from "./plugin/open-plugin-machine.ts";
import { openWheelSources } from "./plugin/wheel-sources.ts";
import { findAbsence } from "./target.ts";
import { readTargetFacts } from "./target-facts.ts";

/** Between two log lines of progress. */
const PROGRESS_MS = 10_000;

export interface AutoInstallPlan {
  plugins: readonly PluginName[];
  hardware: Hardware;
}

/** How far it is, for `/readyz`. */
export type OnInstallProgress = (plugin: PluginName, percent: number) => void;

/** `undefined` when nothing is to be installed, or when that cannot even be tried: then one warning has said so. */
export async function planAutoInstall(
  { loaded, environment, log }: Context,
  machine: Machine,
): Promise<AutoInstallPlan | undefined> {
  const { config } = loaded;
  if (config.autoInstall === false) return undefined;
  const hardware = await machine.detectHardware();
  const facts = await readTargetFacts({ machine, hardware, environment });
  const plugins = choosePlugins({
    setting: config.autoInstall,
    priority: config.requireTarget === undefined ? config.backendPriority : [config.requireTarget],
    isRunnable: (target: Target) => facts(target).support.isSupported,
    isThere: (target: Target) => facts(target).search.found !== undefined && facts(target).unaccepted === undefined,
  });
  const [first] = plugins;
  if (first === undefined) return undefined;
  const obstacle = await findObstacle(config);
  if (obstacle === undefined) return { plugins, hardware };
  const reason = findAbsence(facts(first))?.reason;
  log.warn("plugin is not installed by itself", { plugin: plugins.join(","), reason: obstacle, missing: reason, ...createRemedy(first) });
  return undefined;
}

/** Resolves when all is done that can be; rejects only with the reason of `signal`. */
export async function runAutoInstall(
  { plugins, hardware }: AutoInstallPlan,
  { loaded, environment, log }: Context,
  { signal, onProgress }: { signal: AbortSignal; onProgress: OnInstallProgress },
): Promise<void> {
  const { config, values } = loaded;
  const { home } = config;
  const machine = openPluginMachine({ config, environment, log, signal });
  const report = createReporter(log, onProgress);
  const outcomes = await autoInstall({
    plugins,
    failures: readFailures(home, Date.now()),
    describe: async (plugin) => {
      const [lock] = await chooseLocks([{ plugin }], { ...machine, hardware });
      return { plugin, lock: createHash("sha256").update(JSON.stringify(lock)).digest("hex"), driver: hardware.nvidia.driverVersion ?? "" };
    },
    install: async (plugin, options) => {
      onProgress(plugin, 0);
      await installPlugins({
        ...options,
        specs: [{ plugin }],
        machine,
        openSources: () => openWheelSources({ loaded, environment, signal: options.signal }),
        onWait: () => log.info("waiting for another install", { plugin }),
      });
    },
    remember: (failure) => {
      if (!writeFailure(home, failure, Date.now())) log.debug("cannot remember a failed install", { home });
    },
    forget: (plugin) => forgetFailures(home, plugin, Date.now()),
    timeoutMs: config.autoInstallTimeoutMs,
    timeoutText: String(values["plugins.auto_install_timeout"]?.value),
    onEvent: report,
    signal,
  });
  for (const outcome of outcomes) logOutcome(outcome, log);
}

async function findObstacle({ offline, pluginsDir }: Context["loaded"]["config"]): Promise<string | undefined> {
  if (offline) return "termite is offline";
  const { state, parent } = await readFolder(pluginsDir);
  const isWritable = state?.isWritable ?? parent?.isWritable ?? true;
  return isWritable ? undefined : `plugins_dir "${pluginsDir}" cannot be written to`;
}

function createRemedy(plugin: PluginName): { run: string } {
  return { run: `termite plugin install ${plugin}` };
}

function logOutcome(outcome: AutoInstallOutcome, log: Log): void {
  const { plugin } = outcome;
  if (outcome.state === "installed") {
    const { version, fetchedBytes, seconds } = outcome;
    return log.info("plugin installed", { plugin, version, fetched: formatBytes(fetchedBytes), seconds: Math.round(seconds) });
  }
  if (outcome.state === "failed") {
    return log.warn("cannot install a plugin: serving without it", { plugin, reason: outcome.reason, run: outcome.run });
  }
  const again = new Date(Date.parse(outcome.at) + MEMORY_MS).toISOString();
  log.warn("a plugin that could not be installed is not tried again yet", { plugin, reason: outcome.reason, again, ...createRemedy(plugin) });
}

/** The licences before the first byte, then a line every few seconds. */
function createReporter(log: Log, onProgress: OnInstallProgress): (plugin: PluginName, event: InstallEvent) => void {
  let lastMs = 0;
  return (plugin, event) => {
    if (event.event === "plan") {
      const { version, downloadBytes, diskBytes, licences } = event;
      const sizes = { download: formatBytes(downloadBytes), disk: formatBytes(diskBytes) };
      return log.info("installing a plugin", { plugin, version, ...sizes, licences: licences.join(", ") });
    }
    if (event.event !== "progress") return;
    const percent = event.totalBytes === 0 ? 0 : Math.min(99, Math.floor((100 * event.doneBytes) / event.totalBytes));
    onProgress(plugin, percent);
    if (performance.now() - lastMs < PROGRESS_MS) return;
    lastMs = performance.now();
    log.info("installing a plugin", { plugin, percent, fetched: formatBytes(event.doneBytes), of: formatBytes(event.totalBytes) });
  };
}
