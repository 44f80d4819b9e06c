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
  /** As the configuration says it, perhaps with credentials: never shown. `undefined`: pip's or uv's own settings count. */
  indexUrl: string | undefined;
  /** Whether engines may also come from `LD_LIBRARY_PATH` and the standard folders of this machine. */
  allowSystem: boolean;
  backendPriority: readonly Target[];
  requireTarget: Target | undefined;
  defaultModel: string;
  preload: readonly string[];
  /** How long a model stays loaded after its last request; `undefined`: for ever. */
  keepAliveMs: number | undefined;
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
  /** Targets that `backend_priority` names with their device, in no order: none when it is the default or only says "onnx". */
  namedTargets: readonly Target[];
  /** Absolute path of the file that was read, if any. */
  file: string | undefined;
  /** Whole lines to log once at the start: settings of the Go termite that are not obeyed. */
  warnings: readonly string[];
}
