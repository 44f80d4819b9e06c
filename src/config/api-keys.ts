// `api_keys`: who may ask. Of a key only its sha256 is kept; what is wrong with one is told without showing it.
// Sample: [sha256:9f86d0…, {name: billing, key: 0f3c…, tasks: [embed], models: [bge-small-en-v1.5]}]
import * as v from "valibot";
import { TASKS } from "../task.ts";
import type { ApiKey } from "./config.ts";

const KEY = '"sha256:" and 64 hexadecimal digits, or a key of 16 to 512 visible ASCII characters';
const ENTRY = `${KEY}, or a map: name, key or hash, and tasks or models that it is limited to`;
const HASH = '"sha256:" and 64 hexadecimal digits';
const PLAIN = "16 to 512 visible ASCII characters";
const NAME = "1 to 64 letters, digits, dots, dashes and underscores";
const TASK = `one of ${TASKS.join(", ")}`;
const SOME_TASKS = "a list of tasks, at least one";
const SOME_MODELS = "a list of names of models, at least one";

const MapSchema = v.pipe(
  v.strictObject({
    name: v.pipe(v.string(NAME), v.regex(/^[\w.-]{1,64}$/, NAME)),
    key: v.optional(v.pipe(v.string(PLAIN), v.regex(/^(?!sha256:)[!-~]{16,512}$/, PLAIN))),
    hash: v.optional(v.pipe(v.string(HASH), v.regex(/^sha256:[0-9a-fA-F]{64}$/, HASH))),
    tasks: v.optional(v.pipe(v.array(v.pipe(v.string(TASK), v.values(TASKS, TASK)), SOME_TASKS), v.minLength(1, SOME_TASKS))),
    models: v.optional(v.pipe(v.array(v.pipe(v.string(), v.regex(/^[^\s/]\S*$/, SOME_MODELS))), v.minLength(1, SOME_MODELS))),
  }),
  v.check((entry) => (entry.key === undefined) !== (entry.hash === undefined), "either key or hash"),
);

const EntrySchema = v.union(
  [v.pipe(v.string(), v.regex(/^(sha256:[0-9a-fA-F]{64}|(?!sha256:)[!-~]{16,512})$/, ENTRY)), MapSchema],
  ENTRY,
);

/** An empty list would let everyone in where somebody meant to keep them out. */
export const ApiKeysSchema = v.pipe(
  v.array(EntrySchema, "a list of keys"),
  v.minLength(1, "at least one key"),
  v.check((entries) => isDistinct(createApiKeys(entries).map((key) => key.name)), "each name once"),
  v.check((entries) => isDistinct(createApiKeys(entries).map((key) => key.sha256)), "each key once"),
);

type Entry = v.InferOutput<typeof EntrySchema>;

export function createApiKeys(entries: readonly Entry[]): ApiKey[] {
  return entries.map((entry, index) => createApiKey(typeof entry === "string" ? createMap(entry, index) : entry));
}

/** What is wrong is told by this instead of by the value, which may be a key or hold one. */
export function describeSecret(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (typeof value === "string") return `a text of ${value.length} characters`;
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}

type MapEntry = Exclude<Entry, string>;

function createMap(text: string, index: number): MapEntry {
  const name = `key-${index + 1}`;
  return text.startsWith("sha256:") ? { name, hash: text } : { name, key: text };
}

function createApiKey({ name, key = "", hash, tasks, models }: MapEntry): ApiKey {
  const sha256 = hash?.slice("sha256:".length).toLowerCase();
  return {
    name,
    sha256: sha256 ?? new Bun.CryptoHasher("sha256").update(key).digest("hex"),
    ...(tasks !== undefined && { tasks: TASKS.filter((task) => tasks.includes(task)) }),
    ...(models !== undefined && { models }),
  };
}

function isDistinct(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}
