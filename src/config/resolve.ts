// From checked settings of all layers to the typed configuration.
import { join } from "node:path";
import * as v from "valibot";
import { TermiteError } from "../errors.ts";
import { TASKS } from "../task.ts";
import type { Task } from "../task.ts";
import { ApiKeysSchema, createApiKeys } from "./api-keys.ts";
import { listNamedTargets, resolveBackendPriority } from "./backend-priority.ts";
import { POOLING_WORDS } from "./choices.ts";
import type { Config, ConfigValue, LoadedConfig, ModelOverride } from "./config.ts";
import { parseDuration, parseKeepAliveSetting } from "./duration.ts";
import { CONFIG_KEYS } from "./keys.ts";
import type { Setting } from "./layer.ts";
import { isLoopback, resolveHost } from "../loopback.ts";
import { findListenAddress, resolvePort } from "./listen-address.ts";
import { findLengthProblem } from "./path-length.ts";
import { resolvePath } from "./paths.ts";
import { createConfigError, CREDENTIALS } from "./problem.ts";
import { FileSchema, SettingsSchema } from "./schema.ts";
import type { ModelSettings, Settings } from "./schema.ts";

export interface Surroundings {
  userHome: string;
  isTerminal: boolean;
  isKubernetes: boolean;
}

/** What `home` is with these settings; needed before the file can be looked for. */
export function resolveHome(settings: ReadonlyMap<string, Setting>, userHome: string): string {
  const setting = settings.get("home");
  const isGiven = typeof setting?.value === "string" && setting.value !== "";
  return isGiven ? resolvePath(String(setting.value), setting.baseDir, userHome) : join(userHome, ".termite");
}

/** `settings` and `known` (the file's map) have passed their schemas; throws `public_address_refused`. */
export function createConfig(
  settings: ReadonlyMap<string, Setting>,
  known: Readonly<Record<string, unknown>>,
  surroundings: Surroundings,
): Pick<LoadedConfig, "config" | "values" | "namedTargets"> {
  const home = resolveHome(settings, surroundings.userHome);
  const effective = createEffective(settings, home, surroundings);
  checkFolders(effective);
  const values = Object.fromEntries([...effective].map(([key, shown]) => [key, hideCredentials(key, shown)]));
  const plain = v.parse(SettingsSchema, toPlain(effective));
  const apiKeys = createApiKeys(plain.api_keys ?? []);
  const isGuarded = plain.allow_unauthenticated || apiKeys.length > 0;
  const apiUrl = checkAddress(plain.api_url, isGuarded);
  checkOrigins(plain["cors.origins"], isGuarded, effective.get("cors.origins")?.origin ?? "default");
  const config: Config = {
    home,
    apiUrl,
    allowUnauthenticated: plain.allow_unauthenticated,
    apiKeys,
    corsOrigins: plain["cors.origins"],
    openaiTokenIds: plain["openai.token_ids"],
    modelsDir: plain.models_dir,
    pluginsDir: plain.plugins_dir,
    autoInstall: plain["plugins.auto_install"],
    autoInstallTimeoutMs: parseDuration(plain["plugins.auto_install_timeout"]),
    indexUrl: plain["plugins.index_url"],
    mirrors: plain["plugins.mirrors"],
    allowSystem: plain["plugins.allow_system"],
    backendPriority: resolveBackendPriority(plain.backend_priority),
    requireTarget: plain.require_target,
    defaultModel: plain.default_model,
    defaultModels: createDefaultModels(plain),
    aliases: plain.aliases ?? {},
    preload: plain.preload,
    keepAliveMs: parseKeepAliveSetting(String(plain.keep_alive)),
    maxLoadedModels: plain.max_loaded_models,
    maxMemoryMb: plain.max_memory_mb,
    requestTimeoutMs: parseDuration(plain.request_timeout),
    maxConcurrentRequests: plain.max_concurrent_requests,
    maxQueueTokens: plain.max_queue_tokens,
    maxBatchTokens: plain.max_batch_tokens,
    cacheMb: plain["cache.mb"],
    limits: { bodyMb: plain["limits.body_mb"], inputs: plain["limits.inputs"], textMb: plain["limits.text_mb"] },
    log: { level: plain["log.level"], style: plain["log.style"], access: plain["log.access"] },
    models: createOverrides(known),
    offline: plain.offline,
  };
  return { config, values, namedTargets: listNamedTargets(settings.get("backend_priority")?.value) };
}

/** Every key with its value and origin: defaults first, paths absolute, targets spelled out. */
function createEffective(
  settings: ReadonlyMap<string, Setting>,
  home: string,
  surroundings: Surroundings,
): Map<string, ConfigValue> {
  const effective = new Map<string, ConfigValue>();
  for (const row of CONFIG_KEYS) {
    if (row.key === "config" || row.key.startsWith("models.")) continue;
    effective.set(row.key, { value: row.default ?? null, origin: "default" });
  }
  effective.set("home", { value: home, origin: "default" });
  effective.set("models_dir", { value: join(home, "models"), origin: "default" });
  effective.set("plugins_dir", { value: join(home, "plugins"), origin: "default" });
  effective.set("log.style", { value: resolveLogStyle(surroundings), origin: "default" });
  for (const [key, setting] of settings) {
    effective.set(key, { value: resolveValue(key, setting, surroundings.userHome), origin: setting.origin });
  }
  return effective;
}

function checkFolders(effective: ReadonlyMap<string, ConfigValue>): void {
  const problems = ["home", "models_dir", "plugins_dir"].flatMap((key) => {
    const { value, origin: where = "default" } = effective.get(key) ?? {};
    const message = findLengthProblem(String(value));
    return message === undefined ? [] : [{ where, key, message }];
  });
  const [first] = problems;
  // The other two lie in `home` where nothing else names them: one problem is enough.
  if (first !== undefined) throw createConfigError(problems.filter(({ where }) => where !== "default" || where === first.where));
}

/** `termite config` is pasted into issues: the index's user name and password are not in it, and of keys only names. */
function hideCredentials(key: string, { value, origin }: ConfigValue): ConfigValue {
  if (key === "api_keys" && value !== null) {
    return { value: createApiKeys(v.parse(ApiKeysSchema, value)).map(({ name }) => name), origin };
  }
  const hide = (address: unknown): unknown => {
    return typeof address === "string" ? address.replace(CREDENTIALS, "//…@") : address;
  };
  if (key === "plugins.index_url") return { value: hide(value), origin };
  return { value: key === "plugins.mirrors" && Array.isArray(value) ? value.map(hide) : value, origin };
}

/** Without the origins, and without what has no value. */
function toPlain(effective: ReadonlyMap<string, ConfigValue>): Record<string, unknown> {
  const given = [...effective].filter(([, { value }]) => value !== null);
  return Object.fromEntries(given.map(([key, { value }]) => [key, value]));
}

function resolveValue(key: string, { value, baseDir }: Setting, userHome: string): unknown {
  const isFolder = key === "home" || key === "models_dir" || key === "plugins_dir";
  if (isFolder && typeof value === "string") return resolvePath(value, baseDir, userHome);
  if (key === "backend_priority" && Array.isArray(value)) return resolveBackendPriority(value.map(String));
  return value;
}

function resolveLogStyle({ isTerminal, isKubernetes }: Surroundings): string {
  if (isTerminal) return "terminal";
  return isKubernetes ? "json" : "logfmt";
}

function checkAddress(text: string, isGuarded: boolean): URL {
  const url = findListenAddress(text);
  if (url === undefined) throw new TypeError(`Cannot use the address: found "${text}"`);
  if (isLoopback(url) || isGuarded) return url;
  throw new TermiteError(
    "public_address_refused",
    `Cannot listen on "${resolveHost(url)}": everyone who can reach this address could ask without a key`,
    {
      hint:
        "Set api_keys, or allow_unauthenticated: true if that is meant, " +
        `or listen on http://127.0.0.1:${resolvePort(url)}`,
    },
  );
}

/** With "*" every page that a person visits can ask the server on that person's machine. */
function checkOrigins(origins: readonly string[], isGuarded: boolean, where: string): void {
  if (isGuarded || !origins.includes("*")) return;
  const message = '"*" lets every web page ask: set api_keys, or allow_unauthenticated: true if that is meant';
  throw createConfigError([{ where, key: "cors.origins", message }]);
}

function createDefaultModels(plain: Settings): Config["defaultModels"] {
  const byTask: Record<Task, string | undefined> = {
    embed: plain.default_model,
    rerank: plain["default_model.rerank"],
    classify: plain["default_model.classify"],
    recognize: plain["default_model.recognize"],
    sparse: plain["default_model.sparse"],
  };
  const given = TASKS.filter((task) => byTask[task] !== undefined);
  return Object.fromEntries(given.map((task) => [task, byTask[task]]));
}

function createOverrides(known: Readonly<Record<string, unknown>>): Record<string, ModelOverride> {
  const models = v.parse(FileSchema, known).models ?? {};
  return Object.fromEntries(Object.entries(models).map(([name, model]) => [name, createOverride(model)]));
}

/** Sizes ascending, each once. */
function createOverride(settings: ModelSettings): ModelOverride {
  const { variant, pooling, prompts, dimensions, task, target, precision, max_batch_tokens: maxBatchTokens } = settings;
  const sizes = typeof dimensions === "number" ? [dimensions] : dimensions;
  return {
    ...(variant !== undefined && { variant }),
    ...(pooling !== undefined && { pooling: POOLING_WORDS[pooling] }),
    ...(prompts !== undefined && { prompts }),
    ...(sizes !== undefined && { dimensions: [...new Set(sizes)].sort((left, right) => left - right) }),
    ...(task !== undefined && { task }),
    ...(target !== undefined && { target }),
    ...(precision !== undefined && { precision }),
    ...(maxBatchTokens !== undefined && { maxBatchTokens }),
  };
}
