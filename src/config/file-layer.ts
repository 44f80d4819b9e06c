// The layer that is a file: which keys it has, which of them are known, what they hold. Knows nothing of YAML or disks.
import { isRecord } from "../is-record.ts";
import { findNearest } from "../nearest.ts";
import { findAliasProblems } from "./aliases.ts";
import { dropForeignValues, findForeignKey, formatForeignKey } from "./go-termite.ts";
import { CONFIG_KEYS, findKey } from "./keys.ts";
import type { ConfigKey } from "./keys.ts";
import { createSchemaProblems } from "./layer.ts";
import type { Layer, Setting } from "./layer.ts";
import { formatFound } from "./problem.ts";
import type { ConfigProblem } from "./problem.ts";
import { FileSchema } from "./schema.ts";

export interface FileSource {
  /** The file as the user named it, for messages. */
  shown: string;
  /** Absolute: the origin of its settings, whose relative paths start from its folder. */
  path: string;
  baseDir: string;
}

export interface FileLayer extends Layer {
  /** The file's map without what was refused or left out: fits `FileSchema` when there are no problems. */
  known: YamlMap;
}

/** `data` is the file's top-level map. Every unknown and wrong key is a problem of its own. */
export function createFileLayer(data: YamlMap, source: FileSource): FileLayer {
  const walk: Walk = { where: source.shown, problems: [], warnings: [] };
  const known = keepKnownKeys(walk, data, []);
  walk.problems.push(...createSchemaProblems(FileSchema, known, source.shown), ...findAliasProblems(known, source.shown));
  const settings = new Map(listSettings(known, { origin: source.path, baseDir: source.baseDir }));
  return { settings, problems: walk.problems, warnings: walk.warnings, known };
}

type YamlMap = Readonly<Record<string, unknown>>;

interface Walk {
  where: string;
  problems: ConfigProblem[];
  warnings: string[];
}

// valibot's own strict objects stop at the first unknown key and take "constructor" for a known one.
function keepKnownKeys(walk: Walk, map: YamlMap, path: readonly string[]): YamlMap {
  const kept = Object.entries(map).map(([name, value]) => ({ name, value: keepKnown(walk, value, [...path, name]) }));
  return Object.fromEntries(kept.filter(({ value }) => value !== undefined).map(({ name, value }) => [name, value]));
}

function keepKnown(walk: Walk, value: unknown, path: readonly string[]): unknown {
  const name = path[0] ?? "";
  if (path.length === 1 && findForeignKey(name) === name) {
    walk.warnings.push(formatForeignKey(walk.where, name));
    return undefined;
  }
  const row = findRow(path);
  if (row !== undefined) return keepLeaf(walk, row, value, path);
  if (!isSection(path)) return refuse(walk, path, describeUnknown(path));
  if (value === null) return undefined;
  if (!isRecord(value)) return refuse(walk, path, { found: formatFound(value), expected: "a map" });
  const kept = keepKnownKeys(walk, value, path);
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function keepLeaf(walk: Walk, row: ConfigKey, value: unknown, path: readonly string[]): unknown {
  if (!row.inFile) return refuse(walk, path, { message: `cannot be set in a file, use ${formatOutside(row)}` });
  // `limits:` or `aliases:` with every line under it commented out.
  if (row.kind === "map" && value === null) return undefined;
  if (row.kind === "map" && !isRecord(value)) return refuse(walk, path, { found: formatFound(value), expected: "a map" });
  const kept = dropForeignValues(walk.where, row.key, value ?? null);
  walk.warnings.push(...kept.warnings);
  return kept.value;
}

function describeUnknown(path: readonly string[]): Pick<ConfigProblem, "message" | "suggestion"> {
  const name = path.at(-1) ?? "";
  if (name.includes(".") && findKey(name)?.inFile) return { message: "unknown key, write it as nested maps" };
  const suggestion = findSuggestion(name, path.slice(0, -1));
  return { message: "unknown key", ...(suggestion && { suggestion }) };
}

function refuse(walk: Walk, path: readonly string[], problem: Omit<ConfigProblem, "where">): undefined {
  walk.problems.push({ where: walk.where, key: path.join("."), ...problem });
}

/** A neighbour of nearly the same name, else the same name elsewhere ("auto_install": "plugins.auto_install"). */
function findSuggestion(name: string, parent: readonly string[]): string | undefined {
  const keys = CONFIG_KEYS.filter((row) => row.inFile).map((row) => row.key.split("."));
  const pattern = toPattern(parent);
  const neighbours = keys.filter((key) => pattern.every((part, index) => key[index] === part));
  const nearest = findNearest(name, neighbours.flatMap((key) => key[pattern.length] ?? []));
  if (nearest !== undefined) return [...parent, nearest].join(".");
  const elsewhere = keys.find((key) => key.at(-1) === name && !key.includes("<name>"));
  return elsewhere?.join(".") ?? findNearest(name, keys.map((key) => key.join(".")));
}

/** Names of models may hold anything, dots too: every second part under `models` stands for one. */
function toPattern(path: readonly string[]): string[] {
  return path.map((part, index) => (index === 1 && path[0] === "models" ? "<name>" : part));
}

function findRow(path: readonly string[]): ConfigKey | undefined {
  const isDotted = path[0] !== "models" && path.some((part) => part.includes("."));
  return isDotted ? undefined : findKey(toPattern(path).join("."));
}

function isSection(path: readonly string[]): boolean {
  const prefix = `${toPattern(path).join(".")}.`;
  return CONFIG_KEYS.some((row) => row.key.startsWith(prefix));
}

function formatOutside(row: ConfigKey): string {
  return row.env === undefined ? `--${row.flag}` : `--${row.flag} or ${row.env}`;
}

/** The leaves by dotted key. */
function listSettings(map: YamlMap, from: Omit<Setting, "value">, path: readonly string[] = []): [string, Setting][] {
  return Object.entries(map).flatMap(([name, value]): [string, Setting][] => {
    const inner = [...path, name];
    const isInside = findRow(inner) === undefined && isRecord(value);
    if (isInside) return listSettings(value, from, inner);
    const key = inner.join(".");
    return key === "default_model" && isRecord(value) ? listDefaultModels(value, from) : [[key, { value, ...from }]];
  });
}

/** A name means the model for embedding, also from a flag: the file's models of other tasks stay when one is given. */
function listDefaultModels(map: YamlMap, from: Omit<Setting, "value">): [string, Setting][] {
  return Object.entries(map).map(([task, value]) => [
    task === "embed" ? "default_model" : `default_model.${task}`,
    { value, ...from },
  ]);
}
