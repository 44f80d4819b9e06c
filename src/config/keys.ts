// The one table of every configuration key: file, environment, flag, kind, default. Help, schema, loader and error
// messages read it; nothing else names an environment variable or a configuration flag.
import { TARGETS } from "../target.ts";
import { LOG_LEVELS, LOG_STYLES, POOLING_WORDS, TARGET_WORDS } from "./choices.ts";

export type KeyKind = "string" | "list" | "boolean" | "duration" | "number" | "map";

export interface ConfigKey {
  /** Dotted as `termite.yaml` nests it; `<name>` stands for the name of a model. */
  key: string;
  kind: KeyKind;
  description: string;
  env?: string;
  /** Without the dashes. */
  flag?: string;
  /** What the flag takes, as `--help` shows it. */
  argument?: string;
  /** As a file would say it; "~/.termite" moves with `home`. */
  default?: string | number | boolean | readonly string[];
  /** The default in words, where it depends on something else. */
  defaultText?: string;
  /** False for what only a flag or the environment can say. */
  inFile: boolean;
  /** The words it accepts, for suggestions. */
  choices?: readonly string[];
  /** A key of the design that this version does not obey: refused by name, wherever it is set. */
  isLater?: true;
}

export const CONFIG_KEYS: readonly ConfigKey[] = [
  {
    key: "config",
    kind: "string",
    flag: "config",
    argument: "FILE",
    inFile: false,
    description: "The configuration file; else ./termite.yaml, else termite.yaml in the home",
  },
  {
    key: "home",
    kind: "string",
    env: "TERMITE_HOME",
    flag: "home",
    argument: "DIR",
    default: "~/.termite",
    inFile: false,
    description: "The folder that holds models, plugins and the extracted runtime",
  },
  {
    key: "offline",
    kind: "boolean",
    env: "TERMITE_OFFLINE",
    flag: "offline",
    default: false,
    inFile: false,
    description: "Never use the network but to serve",
  },
  {
    key: "api_url",
    kind: "string",
    env: "TERMITE_API_URL",
    flag: "api-url",
    argument: "URL",
    default: "http://127.0.0.1:11433",
    inFile: true,
    description: "Where to listen; a public address needs allow_unauthenticated",
  },
  {
    key: "allow_unauthenticated",
    kind: "boolean",
    env: "TERMITE_ALLOW_UNAUTHENTICATED",
    flag: "allow-unauthenticated",
    default: false,
    inFile: true,
    description: "Let everyone who can reach a public address ask",
  },
  {
    key: "models_dir",
    kind: "string",
    env: "TERMITE_MODELS_DIR",
    flag: "models-dir",
    argument: "DIR",
    default: "~/.termite/models",
    inFile: true,
    description: "The folder of the models",
  },
  {
    key: "plugins_dir",
    kind: "string",
    env: "TERMITE_PLUGINS_DIR",
    flag: "plugins-dir",
    argument: "DIR",
    default: "~/.termite/plugins",
    inFile: true,
    description: "The folder of the plugins",
  },
  {
    key: "plugins.auto_install",
    kind: "boolean",
    env: "TERMITE_PLUGINS_AUTO_INSTALL",
    flag: "auto-install",
    default: false,
    inFile: true,
    description: "Install the plugin for the hardware that is found; this build cannot yet, so only false is accepted",
  },
  {
    key: "plugins.index_url",
    kind: "string",
    env: "TERMITE_PLUGINS_INDEX_URL",
    flag: "plugins-index-url",
    argument: "URL",
    defaultText: "what pip or uv is set to, else the public index",
    inFile: true,
    description: "The package index that plugins come from, its address ending in /simple/",
  },
  {
    key: "plugins.allow_system",
    kind: "boolean",
    env: "TERMITE_PLUGINS_ALLOW_SYSTEM",
    flag: "plugins-allow-system",
    default: false,
    inFile: true,
    description: "Also look for engines in LD_LIBRARY_PATH and the standard folders of this machine",
  },
  {
    key: "backend_priority",
    kind: "list",
    env: "TERMITE_BACKEND_PRIORITY",
    flag: "backend-priority",
    argument: "LIST",
    default: TARGETS,
    choices: TARGET_WORDS,
    inFile: true,
    description: "Which targets to try, best first; a bare onnx or xla means all its devices",
  },
  {
    key: "require_target",
    kind: "string",
    env: "TERMITE_REQUIRE_TARGET",
    flag: "require-target",
    argument: "TARGET",
    defaultText: "none",
    choices: TARGETS,
    inFile: true,
    description: "Refuse to start when this target cannot be used",
  },
  {
    key: "default_model",
    kind: "string",
    env: "TERMITE_DEFAULT_MODEL",
    flag: "default-model",
    argument: "MODEL",
    default: "all-minilm-l6-v2:int8",
    inFile: true,
    description: "The model of requests that name none",
  },
  {
    key: "preload",
    kind: "list",
    env: "TERMITE_PRELOAD",
    flag: "preload",
    argument: "LIST",
    default: [],
    inFile: true,
    description: "Models to load at the start",
  },
  {
    key: "keep_alive",
    kind: "duration",
    env: "TERMITE_KEEP_ALIVE",
    flag: "keep-alive",
    argument: "DURATION",
    default: "5m",
    inFile: true,
    description: "How long a model stays loaded after its last request; 0 or a negative number: for ever",
  },
  {
    key: "request_timeout",
    kind: "duration",
    env: "TERMITE_REQUEST_TIMEOUT",
    flag: "request-timeout",
    argument: "DURATION",
    default: "60s",
    inFile: true,
    description: "How long a request may take, and how long a drain waits",
  },
  {
    key: "limits.body_mb",
    kind: "number",
    env: "TERMITE_LIMITS_BODY_MB",
    flag: "limits-body-mb",
    argument: "N",
    default: 16,
    inFile: true,
    description: "Largest request body, in MiB",
  },
  {
    key: "limits.inputs",
    kind: "number",
    env: "TERMITE_LIMITS_INPUTS",
    flag: "limits-inputs",
    argument: "N",
    default: 2048,
    inFile: true,
    description: "Most texts in one request",
  },
  {
    key: "limits.text_mb",
    kind: "number",
    env: "TERMITE_LIMITS_TEXT_MB",
    flag: "limits-text-mb",
    argument: "N",
    default: 1,
    inFile: true,
    description: "Longest text, in MiB of UTF-8",
  },
  {
    key: "log.level",
    kind: "string",
    env: "TERMITE_LOG_LEVEL",
    flag: "log-level",
    argument: "LEVEL",
    default: "info",
    choices: LOG_LEVELS,
    inFile: true,
    description: "The least important lines to log: debug, info, warn or error",
  },
  {
    key: "log.style",
    kind: "string",
    env: "TERMITE_LOG_STYLE",
    flag: "log-style",
    argument: "STYLE",
    defaultText: "terminal on a terminal, json in Kubernetes, else logfmt",
    choices: LOG_STYLES,
    inFile: true,
    description: "How log lines look: terminal, logfmt or json",
  },
  {
    key: "models.<name>.variant",
    kind: "string",
    inFile: true,
    description: "Which model_<variant>.onnx the bare name means",
  },
  {
    key: "models.<name>.pooling",
    kind: "string",
    choices: Object.keys(POOLING_WORDS),
    inFile: true,
    description: "How token vectors become one, instead of what the model's own files say",
  },
  {
    key: "models.<name>.prompts",
    kind: "map",
    inFile: true,
    description: "Prompt texts by name; the one named default is put before every input",
  },
  {
    key: "models.<name>.dimensions",
    kind: "list",
    inFile: true,
    description: "Smaller vector sizes that the model is trained for",
  },

  later("plugins.auto_install_timeout", "TERMITE_PLUGINS_AUTO_INSTALL_TIMEOUT", "plugins-auto-install-timeout"),
  later("plugins.mirrors", "TERMITE_PLUGINS_MIRRORS", "plugins-mirrors"),
  later("aliases"),
  later("max_loaded_models", "TERMITE_MAX_LOADED_MODELS", "max-loaded-models"),
  later("max_memory_mb", "TERMITE_MAX_MEMORY_MB", "max-memory-mb"),
  later("max_concurrent_requests", "TERMITE_MAX_CONCURRENT_REQUESTS", "max-concurrent-requests"),
  later("max_queue_tokens", "TERMITE_MAX_QUEUE_TOKENS", "max-queue-tokens"),
  later("max_batch_tokens", "TERMITE_MAX_BATCH_TOKENS", "max-batch-tokens"),
  later("cache.mb", "TERMITE_CACHE_MB", "cache-mb"),
  later("api_keys", "TERMITE_API_KEYS", "api-keys"),
  later("cors.origins", "TERMITE_CORS_ORIGINS", "cors-origins"),
  later("openai.token_ids", "TERMITE_OPENAI_TOKEN_IDS", "openai-token-ids"),
  later("models.<name>.target"),
  later("models.<name>.max_batch_tokens"),
  later("models.<name>.precision"),
];

export function findKey(key: string): ConfigKey | undefined {
  return CONFIG_KEYS.find((row) => row.key === key);
}

function later(key: string, env?: string, flag?: string): ConfigKey {
  const names = { ...(env === undefined ? {} : { env }), ...(flag === undefined ? {} : { flag }) };
  return { key, kind: "string", ...names, inFile: true, description: "Not obeyed by this version", isLater: true };
}
