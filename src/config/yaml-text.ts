// The checks on the text of a configuration file that come before c12 sees the file: after them it is plain data.
import { isRecord } from "../is-record.ts";
import type { ConfigProblem } from "./problem.ts";
import { formatFound } from "./problem.ts";

export const LARGEST_FILE_BYTES = 1024 * 1024;

const SPECIAL_KEY = 'keys that start with "$" and the key "<<" are not allowed';

export type YamlCheck = { kind: "empty" } | { kind: "data" } | { kind: "problems"; problems: ConfigProblem[] };

/**
 * Parses with the parser that c12 uses, aliases forbidden (a bomb of aliases costs gigabytes once it is walked), and
 * refuses what c12 would give a meaning of its own: keys that start with `$`, and the merge key `<<`.
 */
export async function checkYamlText(text: string, where: string): Promise<YamlCheck> {
  if (/^\uFEFF?(\s|#[^\n]*(\n|$))*$/.test(text)) return { kind: "empty" };
  const { parseYAML } = await import("confbox/yaml");
  let data: unknown;
  try {
    data = parseYAML(text, { maxAliases: 0 });
  } catch (error) {
    return { kind: "problems", problems: [createYamlProblem(error, where)] };
  }
  if (data === null) return { kind: "empty" };
  if (!isRecord(data)) {
    return { kind: "problems", problems: [{ where, found: formatFound(data), expected: "a map of settings" }] };
  }
  const problems = findSpecialKeys(data).map((key) => ({ where, key, message: SPECIAL_KEY }));
  return problems.length === 0 ? { kind: "data" } : { kind: "problems", problems };
}

/** The parser's own words and place; its text also holds a picture of the line, which is left out. */
function createYamlProblem(error: unknown, where: string): ConfigProblem {
  if (!(error instanceof Error)) throw error;
  const mark = "mark" in error && isRecord(error.mark) ? error.mark : {};
  const reason = "reason" in error && typeof error.reason === "string" ? error.reason : error.message.split("\n")[0];
  return {
    where,
    ...(typeof mark.line === "number" && { line: mark.line + 1 }),
    ...(typeof mark.column === "number" && { column: mark.column + 1 }),
    message: reason?.startsWith("aliases exceeded") ? "aliases are not allowed" : (reason ?? "not YAML"),
  };
}

function findSpecialKeys(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => {
    const inner = [...path, name];
    return isSpecialKey(name) ? [inner.join(".")] : findSpecialKeys(child, inner);
  });
}

function isSpecialKey(name: string): boolean {
  return name.startsWith("$") || name === "<<";
}
