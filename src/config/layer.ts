// One layer of the configuration (the file, the environment, or the flags) before the layers are laid on each other.
import * as v from "valibot";
import { findNearest } from "../nearest.ts";
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

export const LATER_MESSAGE = "known, but not obeyed by this version";

/**
 * The value that the text of a flag or an environment variable means; a text that is no such value stays as it is, for
 * the schema to refuse.
 */
export function parseSettingText(row: ConfigKey, text: string): unknown {
  if (row.kind === "list") return text.split(",").map((item) => item.trim()).filter((item) => item !== "");
  if (row.kind === "number") return /^\d{1,15}$/.test(text) ? Number(text) : text;
  if (row.kind === "boolean") return BOOLEAN_WORDS.get(text.toLowerCase()) ?? text;
  return text;
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
    const found = formatFound(issue.input);
    return { where, key: formatKey(path, issue.input), found, expected: issue.message, ...suggest(path, issue) };
  });
}

/** `limits.inputs`; `preload[0]` for an item that its own text does not point at. */
function formatKey(path: readonly unknown[], found: unknown): string {
  const names = path.filter((part) => typeof part !== "number").join(".");
  const index = path.find((part) => typeof part === "number");
  return index === undefined || typeof found === "string" ? names : `${names}[${index}]`;
}

function suggest(path: readonly unknown[], issue: v.BaseIssue<unknown>): { suggestion?: string } {
  const names = path.filter((part) => typeof part === "string");
  const pattern = names[0] === "models" ? `models.<name>.${names[2]}` : names.join(".");
  const choices = findKey(pattern)?.choices;
  if (choices === undefined || typeof issue.input !== "string") return {};
  const suggestion = findNearest(issue.input, choices);
  return suggestion === undefined ? {} : { suggestion };
}
