// The effective configuration as the rest of the program sees it: camelCase, units in names, every default filled in.
import type { PoolMode } from "../heads/head.ts";
import type { Precision, Target } from "../target.ts";
import type { Task } from "../task.ts";
import type { PLUGIN_WORDS } from "./choices.ts";

export type PluginWord = (typeof PLUGIN_WORDS)[number];

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
  /** What the model is for, instead of what its own files say. */
  task?: Task | undefined;
  /** Which target runs it, instead of the one that `backend_priority` gives. */
  target?: Target | undefined;
  /** What an XLA target computes with; absent: f32. */
  precision?: Precision | undefined;
  /** Instead of the global one. */
  maxBatchTokens?: number | undefined;
}

/** Who may ask. */
export interface ApiKey {
  /** For the access log: as the file names it, else "key-1" by its place in the list. Each name once. */
  name: string;
  /** Of the key's bytes, 64 lower-case hexadecimal digits; the key itself is not kept. Each hash once. */
  sha256: string;
  /** Absent: all. */
  tasks?: readonly Task[];
  /** As written (aliases and ":latest" too), so compare what they resolve to; absent: all. */
  models?: readonly string[];
}

/** What OpenAI's token ids mean: GPT's vocabulary, the model's own, or nothing (400). */
export type OpenaiTokenIds = "cl100k" | "model" | "refuse";

export interface Config {
  /** Absolute, as `modelsDir` and `pluginsDir` are. */
  home: string;
  /** Only scheme, host and port. WHATWG URLs keep port 80 as "": read it with `resolvePort` of listen-address.ts. */
  apiUrl: URL;
  allowUnauthenticated: boolean;
  /** Empty: everyone may ask. */
  apiKeys: readonly ApiKey[];
  /** Exact origins as browsers send them, or "*" alone; empty: no page of another origin may ask. */
  corsOrigins: readonly string[];
  openaiTokenIds: OpenaiTokenIds;
  modelsDir: string;
  pluginsDir: string;
  /** Which plugins `serve` installs before it serves: that of the first target the hardware can run, none, or these. */
  autoInstall: boolean | readonly PluginWord[];
  autoInstallTimeoutMs: number;
  /** As the configuration says it, perhaps with credentials: never shown. `undefined`: pip's or uv's own settings count. */
  indexUrl: string | undefined;
  /** Asked in turn behind the index; perhaps with credentials: never shown. */
  mirrors: readonly string[];
  /** Whether engines may also come from `LD_LIBRARY_PATH` and the standard folders of this machine. */
  allowSystem: boolean;
  backendPriority: readonly Target[];
  requireTarget: Target | undefined;
  /** The same as `defaultModels.embed`. */
  defaultModel: string;
  /** By task; `embed` is always there, other tasks have none unless the configuration says one. */
  defaultModels: Readonly<Partial<Record<Task, string>>>;
  /** Other names of models, each with the model that it stands for. */
  aliases: Readonly<Record<string, string>>;
  preload: readonly string[];
  /** How long a model stays loaded after its last request; `undefined`: for ever. */
  keepAliveMs: number | undefined;
  /** 0: no limit. */
  maxLoadedModels: number;
  /** Of the server and its runners together; 0: no limit. */
  maxMemoryMb: number;
  requestTimeoutMs: number;
  /** Those that are answered at a time; one too many is refused. */
  maxConcurrentRequests: number;
  /** Of all requests that were let in and are not done. */
  maxQueueTokens: number;
  /** Bound of `longest x count` of a run; `undefined`: measured for each model. */
  maxBatchTokens: number | undefined;
  /** Of results that are kept; 0: none. */
  cacheMb: number;
  limits: { bodyMb: number; inputs: number; textMb: number };
  /** `access`: a line for every request. */
  log: { level: LogLevel; style: LogStyle; access: boolean };
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
