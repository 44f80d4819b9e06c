// The effective configuration as the rest of the program sees it: camelCase, units in names, every default filled in.
import type { PoolMode } from "../heads/head.ts";
import type { Target } from "../target.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogStyle = "terminal" | "logfmt" | "json";

/** What `termite.yaml` may say of a model. */
export interface ModelOverride {
  variant?: string | undefined;
  /** How token vectors become one, instead of what the model's own files say. */
  pooling?: PoolMode | undefined;
  /** Prompt texts by name; `default` is the text put before every input. */
  prompts?: Readonly<Record<string, string>> | undefined;
  /** Smaller sizes that the model is trained for. */
  dimensions?: readonly number[] | undefined;
}

export interface Config {
  /** Absolute, as `modelsDir` and `pluginsDir` are. */
  home: string;
  /** Only scheme, host and port. WHATWG URLs keep port 80 as "": read it with `resolvePort` of listen-address.ts. */
  apiUrl: URL;
  allowUnauthenticated: boolean;
  modelsDir: string;
  pluginsDir: string;
  autoInstall: false;
  backendPriority: readonly Target[];
  requireTarget: Target | undefined;
  defaultModel: string;
  preload: readonly string[];
  requestTimeoutMs: number;
  limits: { bodyMb: number; inputs: number; textMb: number };
  log: { level: LogLevel; style: LogStyle };
  models: Readonly<Record<string, ModelOverride>>;
  offline: boolean;
}

/** Where a value came from: "default", the file's path, the environment variable's name, or the flag. */
export interface ConfigValue {
  value: unknown;
  origin: string;
}

export interface LoadedConfig {
  config: Config;
  /** By dotted key as in `termite.yaml`, for `termite config`. */
  values: Readonly<Record<string, ConfigValue>>;
  /** Absolute path of the file that was read, if any. */
  file: string | undefined;
  /** Whole lines to log once at the start: settings of the Go termite that are not obeyed. */
  warnings: readonly string[];
}
