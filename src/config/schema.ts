// What each key may hold. Every message is the "expected" part of a problem. The nested schema is what `termite.yaml`
// is checked against and what `/openapi.json` shows; environment and flags are checked key by key with the same parts.
import * as v from "valibot";
import { isLoopback } from "../loopback.ts";
import { PRECISIONS, TARGETS } from "../target.ts";
import { TASKS } from "../task.ts";
import type { Task } from "../task.ts";
import { ApiKeysSchema } from "./api-keys.ts";
import { isReservedTarget } from "./backend-priority.ts";
import {
  LOG_LEVELS, LOG_STYLES, PLUGIN_WORDS, POOLING_CHOICES, POOLING_WORDS, TARGET_WORDS, TOKEN_ID_WORDS,
} from "./choices.ts";
import { isDuration, isKeepAliveSetting } from "./duration.ts";
import { findListenAddress } from "./listen-address.ts";
import { isOrigin, isOriginList, ORIGIN } from "./origins.ts";

const ADDRESS = 'an address such as "http://127.0.0.1:11433": http, a host and a port, nothing after them';
const DURATION = 'a duration from 1ms to 24h such as "500ms", "60s", "5m" or "1h"';
const KEEP_ALIVE = 'a duration from 1ms to 500h such as "5m", or 0 or a negative number for ever';
const INDEX =
  'the https address of a package index such as "https://host/simple/" (http on this machine only), or of a folder ' +
  'of wheels such as "file:///srv/wheels"';
const MODEL = 'the name of a model such as "bge-small-en-v1.5" or "BAAI/bge-small-en-v1.5:int8"';
const PLUGINS = `true, false, or a list of ${PLUGIN_WORDS.join(", ")}`;
const MODELS = `${MODEL}, or a map from task (${TASKS.join(", ")}) to such a name`;
const SIZES = "a whole number from 1 to 65536, or a list of them";
const DAY_MS = 24 * 3_600_000;

const folder = v.pipe(v.string("a folder"), v.nonEmpty("a folder"));
const flag = v.boolean("true or false");
const modelName = v.pipe(v.string(MODEL), v.regex(/^[^\s/]\S*$/, MODEL));
const size = wholeNumber(65_536);
const batchTokens = wholeNumber(1_000_000);
const text = v.string("a text");
const origin = v.pipe(v.string(ORIGIN), v.check(isOrigin, ORIGIN));
const indexAddress = v.pipe(v.string(INDEX), v.check(isIndexAddress, INDEX));
const modelByTask = v.pipe(
  v.strictObject({
    embed: v.optional(modelName),
    rerank: v.optional(modelName),
    classify: v.optional(modelName),
    recognize: v.optional(modelName),
    sparse: v.optional(modelName),
  } satisfies Record<Task, unknown>),
  // What YAML reads as a date is an object without members as well.
  v.check((models) => Object.keys(models).length > 0, MODELS),
);

export const KEY_SCHEMAS = {
  home: folder,
  offline: flag,
  api_url: v.pipe(
    v.string(ADDRESS),
    v.check((value) => findListenAddress(value) !== undefined, ADDRESS),
  ),
  allow_unauthenticated: flag,
  api_keys: ApiKeysSchema,
  "cors.origins": v.pipe(v.array(origin, "a list of origins"), v.check((origins) => isOriginList(origins), '"*" alone')),
  "openai.token_ids": v.picklist(TOKEN_ID_WORDS, formatChoices(TOKEN_ID_WORDS)),
  models_dir: folder,
  plugins_dir: folder,
  "plugins.auto_install": v.union(
    [v.boolean(), v.pipe(v.array(v.picklist(PLUGIN_WORDS)), v.minLength(1, PLUGINS))],
    PLUGINS,
  ),
  "plugins.auto_install_timeout": v.pipe(
    v.string(DURATION),
    v.check((value) => isDuration(value, 1, DAY_MS), DURATION),
  ),
  "plugins.index_url": indexAddress,
  "plugins.mirrors": v.array(indexAddress, "a list of such addresses as plugins.index_url takes"),
  "plugins.allow_system": flag,
  backend_priority: v.pipe(
    v.array(v.picklist(TARGET_WORDS, (issue) => describeTargets(TARGET_WORDS, issue.input)), "a list of targets"),
    v.minLength(1, "at least one target"),
  ),
  require_target: v.picklist(TARGETS, (issue) => describeTargets(TARGETS, issue.input)),
  default_model: v.union([modelName, modelByTask], MODELS),
  aliases: v.record(v.string(), modelName),
  preload: v.array(modelName, "a list of names of models"),
  keep_alive: v.pipe(
    v.union([v.string(), v.number()], KEEP_ALIVE),
    v.check((value) => isKeepAliveSetting(String(value)), KEEP_ALIVE),
  ),
  request_timeout: v.pipe(
    v.string(DURATION),
    v.check((value) => isDuration(value, 1, DAY_MS), DURATION),
  ),
  max_loaded_models: wholeNumber(65_536, 0),
  max_memory_mb: wholeNumber(1_000_000_000, 0),
  max_concurrent_requests: wholeNumber(65_536),
  max_queue_tokens: wholeNumber(1_000_000_000),
  max_batch_tokens: batchTokens,
  "cache.mb": wholeNumber(1_048_576, 0),
  "limits.body_mb": wholeNumber(1024),
  "limits.inputs": wholeNumber(1_000_000),
  "limits.text_mb": wholeNumber(1024),
  "log.level": v.picklist(LOG_LEVELS, formatChoices(LOG_LEVELS)),
  "log.style": v.picklist(LOG_STYLES, formatChoices(LOG_STYLES)),
  "log.access": flag,
};

const modelSchema = v.strictObject({
  variant: v.optional(v.pipe(text, v.regex(/^[\w.-]+$/, 'the name of a variant such as "int8"'))),
  pooling: v.optional(v.picklist(keysOf(POOLING_WORDS), formatChoices(POOLING_CHOICES))),
  prompts: v.optional(v.record(v.string(), text)),
  dimensions: v.optional(v.union([size, v.pipe(v.array(size), v.minLength(1, SIZES))], SIZES)),
  task: v.optional(v.picklist(TASKS, formatChoices(TASKS))),
  target: v.optional(v.picklist(TARGETS, (issue) => describeTargets(TARGETS, issue.input))),
  precision: v.optional(v.picklist(PRECISIONS, formatChoices(PRECISIONS))),
  max_batch_tokens: v.optional(batchTokens),
});

/** `termite.yaml` as it is nested. */
export const FileSchema = v.strictObject({
  api_url: v.optional(KEY_SCHEMAS.api_url),
  allow_unauthenticated: v.optional(KEY_SCHEMAS.allow_unauthenticated),
  api_keys: v.optional(KEY_SCHEMAS.api_keys),
  cors: v.optional(v.strictObject({ origins: v.optional(KEY_SCHEMAS["cors.origins"]) })),
  openai: v.optional(v.strictObject({ token_ids: v.optional(KEY_SCHEMAS["openai.token_ids"]) })),
  models_dir: v.optional(KEY_SCHEMAS.models_dir),
  plugins_dir: v.optional(KEY_SCHEMAS.plugins_dir),
  plugins: v.optional(
    v.strictObject({
      auto_install: v.optional(KEY_SCHEMAS["plugins.auto_install"]),
      auto_install_timeout: v.optional(KEY_SCHEMAS["plugins.auto_install_timeout"]),
      index_url: v.optional(KEY_SCHEMAS["plugins.index_url"]),
      mirrors: v.optional(KEY_SCHEMAS["plugins.mirrors"]),
      allow_system: v.optional(KEY_SCHEMAS["plugins.allow_system"]),
    }),
  ),
  backend_priority: v.optional(KEY_SCHEMAS.backend_priority),
  require_target: v.optional(KEY_SCHEMAS.require_target),
  default_model: v.optional(KEY_SCHEMAS.default_model),
  aliases: v.optional(KEY_SCHEMAS.aliases),
  preload: v.optional(KEY_SCHEMAS.preload),
  keep_alive: v.optional(KEY_SCHEMAS.keep_alive),
  request_timeout: v.optional(KEY_SCHEMAS.request_timeout),
  max_loaded_models: v.optional(KEY_SCHEMAS.max_loaded_models),
  max_memory_mb: v.optional(KEY_SCHEMAS.max_memory_mb),
  max_concurrent_requests: v.optional(KEY_SCHEMAS.max_concurrent_requests),
  max_queue_tokens: v.optional(KEY_SCHEMAS.max_queue_tokens),
  max_batch_tokens: v.optional(KEY_SCHEMAS.max_batch_tokens),
  cache: v.optional(v.strictObject({ mb: v.optional(KEY_SCHEMAS["cache.mb"]) })),
  limits: v.optional(
    v.strictObject({
      body_mb: v.optional(KEY_SCHEMAS["limits.body_mb"]),
      inputs: v.optional(KEY_SCHEMAS["limits.inputs"]),
      text_mb: v.optional(KEY_SCHEMAS["limits.text_mb"]),
    }),
  ),
  log: v.optional(
    v.strictObject({
      level: v.optional(KEY_SCHEMAS["log.level"]),
      style: v.optional(KEY_SCHEMAS["log.style"]),
      access: v.optional(KEY_SCHEMAS["log.access"]),
    }),
  ),
  models: v.optional(v.record(v.string(), modelSchema)),
});

/**
 * Every key but the models', merged and with its default: the last check before the typed `Config` is made. The models
 * by task have keys of their own here, see `listDefaultModels` of file-layer.ts.
 */
export const SettingsSchema = v.object({
  ...KEY_SCHEMAS,
  api_keys: v.optional(KEY_SCHEMAS.api_keys),
  aliases: v.optional(KEY_SCHEMAS.aliases),
  default_model: modelName,
  "default_model.rerank": v.optional(modelName),
  "default_model.classify": v.optional(modelName),
  "default_model.recognize": v.optional(modelName),
  "default_model.sparse": v.optional(modelName),
  require_target: v.optional(KEY_SCHEMAS.require_target),
  max_batch_tokens: v.optional(KEY_SCHEMAS.max_batch_tokens),
  "plugins.index_url": v.optional(KEY_SCHEMAS["plugins.index_url"]),
});

export type Settings = v.InferOutput<typeof SettingsSchema>;
export type ModelSettings = v.InferOutput<typeof modelSchema>;

/** The schema of one key; none for the models' keys. */
export function findKeySchema(key: string): v.GenericSchema | undefined {
  return new Map<string, v.GenericSchema>(Object.entries(KEY_SCHEMAS)).get(key);
}

function isIndexAddress(text: string): boolean {
  const url = URL.parse(text);
  if (url === null) return false;
  // A host in a file's address would be another machine.
  if (url.protocol === "file:") return url.host === "";
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url));
}

function wholeNumber(most: number, least = 1) {
  const expected = `a whole number from ${least} to ${most}`;
  return v.pipe(
    v.number(expected),
    v.integer(expected),
    v.minValue(least, expected),
    v.maxValue(most, expected),
  );
}

function describeTargets(words: readonly string[], found: unknown): string {
  const isReserved = typeof found === "string" && isReservedTarget(found);
  return isReserved ? "no device number: it is reserved, one device of a target is used" : formatChoices(words);
}

function formatChoices(words: readonly string[]): string {
  return `one of ${words.join(", ")}`;
}

function keysOf<Key extends string>(words: Readonly<Record<Key, unknown>>): Key[] {
  const isKey = (word: string): word is Key => word in words;
  return Object.keys(words).filter(isKey);
}
