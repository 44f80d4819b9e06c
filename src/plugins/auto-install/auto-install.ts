// Installs plugins at a server's start, one after the other, within a time limit. A failure is an outcome and not an
// error: the server serves on another target. Only the caller's own signal ends it early.
import { formatError, TermiteError } from "../../errors.ts";
import type { PluginName } from "../catalog/lock.ts";
import type { InstallEvent } from "../install/events.ts";
import { findFailure } from "./failure-memory.ts";
import type { Failure } from "./failure-memory.ts";

export type AutoInstallOutcome =
  | { plugin: PluginName; state: "installed"; version: string; fetchedBytes: number; seconds: number }
  /** `run`: a command or an action. */
  | { plugin: PluginName; state: "failed"; reason: string; run: string }
  /** It failed not long ago and is not tried. */
  | { plugin: PluginName; state: "remembered"; reason: string; at: string };

export interface AutoInstallOptions {
  plugins: readonly PluginName[];
  /** What a failure is remembered by. Rejects where this build has no lock for it here. */
  describe: (plugin: PluginName) => Promise<Pick<Failure, "plugin" | "lock" | "driver">>;
  install: (plugin: PluginName, options: InstallOptions) => Promise<void>;
  failures: readonly Failure[];
  remember: (failure: Failure) => void;
  forget: (plugin: PluginName) => void;
  /** For all of them together. */
  timeoutMs: number;
  /** As the configuration says it: "30m". */
  timeoutText: string;
  onEvent: (plugin: PluginName, event: InstallEvent) => void;
  /** The server was told to stop: rejects with its reason, and nothing is remembered. */
  signal: AbortSignal;
  now?: () => number;
}

export interface InstallOptions {
  signal: AbortSignal;
  onEvent: (event: InstallEvent) => void;
}

export async function autoInstall(options: AutoInstallOptions): Promise<AutoInstallOutcome[]> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), options.timeoutMs);
  try {
    const outcomes: AutoInstallOutcome[] = [];
    for (const plugin of options.plugins) outcomes.push(await installOne(plugin, timeout.signal, options));
    return outcomes;
  } finally {
    clearTimeout(timer);
  }
}

async function installOne(plugin: PluginName, timeout: AbortSignal, options: AutoInstallOptions): Promise<AutoInstallOutcome> {
  const { failures, signal } = options;
  let subject: Pick<Failure, "plugin" | "lock" | "driver"> | undefined;
  try {
    subject = await options.describe(plugin);
    const known = findFailure(failures, subject);
    if (known !== undefined) return { plugin, state: "remembered", reason: known.reason, at: known.at };
    const both = AbortSignal.any([signal, timeout]);
    both.throwIfAborted();
    return await runInstall(plugin, both, options);
  } catch (error) {
    signal.throwIfAborted();
    const outcome = createFailure(plugin, timeout.aborted ? createLate(plugin, options) : error);
    if (subject !== undefined) options.remember({ ...subject, reason: outcome.reason, at: formatNow(options) });
    return outcome;
  }
}

async function runInstall(
  plugin: PluginName,
  signal: AbortSignal,
  { install, onEvent, forget }: AutoInstallOptions,
): Promise<AutoInstallOutcome> {
  let [version, fetchedBytes, seconds] = ["", 0, 0];
  await install(plugin, {
    signal,
    onEvent: (event) => {
      if (event.event === "done") ({ version, fetchedBytes, seconds } = event);
      onEvent(plugin, event);
    },
  });
  forget(plugin);
  return { plugin, state: "installed", version, fetchedBytes, seconds };
}

function createFailure(plugin: PluginName, error: unknown): Extract<AutoInstallOutcome, { state: "failed" }> {
  const hint = error instanceof TermiteError ? error.hint : undefined;
  return { plugin, state: "failed", reason: formatError(error), run: hint ?? `termite plugin install ${plugin}` };
}

/** What is here already counts for whoever goes on with it. */
function createLate(plugin: PluginName, { timeoutText }: AutoInstallOptions): TermiteError {
  const found = `it was not done within plugins.auto_install_timeout "${timeoutText}"; what was fetched is kept`;
  return new TermiteError("download_failed", `Cannot install "${plugin}": ${found}`, { hint: `termite plugin install ${plugin}` });
}

function formatNow({ now = Date.now }: AutoInstallOptions): string {
  return new Date(now()).toISOString();
}
