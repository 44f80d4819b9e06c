// One layer of the configuration (the file, the environment, or the flags) before the layers are laid on each other.
import * as v from "valibot";
import { findNearest } from "../nearest.ts";
import { describeSecret } from "./api-keys.ts";
import { findKey } from "./keys.ts";
import type { ConfigKey } from "./keys.ts";
import { formatFound } from "./problem.ts";
import type { ConfigProblem } from "./problem.ts";

export interface Setting {
  value: unknown;
  /** As `termite config` shows it. */
  origin: string;
  /** The folder that a relative path in it starts from. */
  baseDir: string;
}

export interface Layer {
  /** By dotted key. */
  settings: ReadonlyMap<string, Setting>;
  problems: readonly ConfigProblem[];
  /** Settings of another termite that mean nothing here: told once, not obeyed. */
  warnings: readonly string[];
}

/**
 * The value that the text of a flag or an environment variable means; a text that is no such value stays as it is, for
 * the schema to refuse.
 */
export function parseSettingText(row: ConfigKey, text: string): unknown {
  if (row.kind === "list") return parseList(text);
  if (row.kind === "switch") return BOOLEAN_WORDS.get(text.toLowerCase()) ?? parseList(text);
  if (row.kind === "number") return /^\d{1,15}$/.test(text) ? Number(text) : text;
  if (row.kind === "boolean") return BOOLEAN_WORDS.get(text.toLowerCase()) ?? text;
  return text;
}

function parseList(text: string): string[] {
  return text.split(",").map((item) => item.trim()).filter((item) => item !== "");
}

const BOOLEAN_WORDS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["1", true],
  ["false", false],
  ["0", false],
]);

/** What a schema found wrong, as problems; `prefix` is the key of the value that was checked. */
export function createSchemaProblems(
  schema: v.GenericSchema,
  value: unknown,
  where: string,
  prefix: readonly string[] = [],
): ConfigProblem[] {
  const result = v.safeParse(schema, value, { abortPipeEarly: true });
  if (result.success) return [];
  return result.issues.map((issue) => {
    const path = [...prefix, ...(issue.path ?? []).map((item) => item.key)];
    const isHidden = isSecret(path);
    const found = isHidden ? describeSecret(issue.input) : formatFound(issue.input);
    const isPlain = typeof issue.input === "string" && !isHidden;
    return { where, key: formatKey(path, isPlain), found, expected: issue.message, ...suggest(path, issue) };
  });
}

/** A key to the server, or what holds one: of `api_keys` what is not said of its name, tasks and models. */
function isSecret(path: readonly unknown[]): boolean {
  const [top, , field] = path;
  const isLimit = field === "name" || field === "tasks" || field === "models";
  return findKey(String(top))?.isSecret === true && !isLimit;
}

/** `limits.inputs`, `api_keys[0].tasks`; `preload[0]` for an item that its own text does not point at. */
function formatKey(path: readonly unknown[], isPlain: boolean): string {
  const parts = isPlain && typeof path.at(-1) === "number" ? path.slice(0, -1) : path;
  return parts.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("").slice(1);
}

function suggest(path: readonly unknown[], issue: v.BaseIssue<unknown>): { suggestion?: string } {
  const names = path.filter((part) => typeof part === "string");
  const pattern = names[0] === "models" ? `models.<name>.${names[2]}` : names.join(".");
  const choices = findKey(pattern)?.choices;
  if (choices === undefined || typeof issue.input !== "string") return {};
  const suggestion = findNearest(issue.input, choices);
  return suggestion === undefined ? {} : { suggestion };
}
