// What every command that reads the configuration starts with: the effective configuration and a logger that obeys it.
import { readEnvironment } from "../config/env.ts";
import { describeFlags } from "../config/flags.ts";
import type { FlagDescription } from "../config/flags.ts";
import { loadConfig } from "../config/load.ts";
import type { LoadedConfig, LogLevel } from "../config/config.ts";
import type { Log } from "../log.ts";
import type { Flag, FlagTable, Invocation } from "./command.ts";
import { createLog, isColorWanted } from "./output.ts";

export interface Context {
  loaded: LoadedConfig;
  log: Log;
  environment: Readonly<Record<string, string>>;
}

/** The flag of every key of the configuration, for commands that read it. */
export function createConfigFlags(): FlagTable {
  return Object.fromEntries(describeFlags().map(describeFlag));
}

function describeFlag({ flag, default: standard, valueHint, description, ...row }: FlagDescription): [string, Flag] {
  const text = standard === undefined ? description : `${description} (default: ${standard})`;
  const hint = valueHint === undefined ? {} : { valueHint: valueHint.toLowerCase() };
  return [flag, { ...row, ...hint, description: text, isKey: true }];
}

/** `quiet`: a one-shot command says nothing but warnings unless `log.level` was set somewhere. */
export async function openContext({ flags }: Invocation, options: { quiet: boolean }): Promise<Context> {
  const environment = readEnvironment();
  const isTerminal = process.stderr.isTTY === true;
  const loaded = await loadConfig({ flags, env: environment, cwd: process.cwd(), isTerminal });
  const log = createContextLog(flags, loaded, { environment, ...options });
  for (const warning of loaded.warnings) log.warn(warning);
  return { loaded, environment, log };
}

interface ContextLogOptions {
  environment: Readonly<Record<string, string>>;
  quiet: boolean;
}

function createContextLog(flags: Invocation["flags"], loaded: LoadedConfig, options: ContextLogOptions): Log {
  const level = resolveLevel(flags, loaded, options.quiet);
  const color = isColorWanted("stderr", flags, options.environment);
  return createLog({ level, style: loaded.config.log.style, color });
}

function resolveLevel(flags: Invocation["flags"], { config, values }: LoadedConfig, quiet: boolean): LogLevel {
  if (flags["debug"] === true) return "debug";
  if (flags["quiet"] === true) return "error";
  return quiet && values["log.level"]?.origin === "default" ? "warn" : config.log.level;
}
