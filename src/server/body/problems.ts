// The wrong fields of a request, and the one message that names them all: path, what was found, what was expected.
import { TermiteError } from "../../errors.ts";

export type Path = readonly (string | number)[];

export interface Problem {
  path: Path;
  /** In words, see `formatFound`. */
  found: string;
  /** In words: "a string". */
  expected: string;
}

const MAX_PROBLEMS_SHOWN = 50;
const MAX_FOUND_CHARS = 60;

/** An `invalid_request` that names each problem; `details.param` is the first one's path. */
export function createInvalid(problems: readonly Problem[]): TermiteError {
  const shown = problems.slice(0, MAX_PROBLEMS_SHOWN).map(formatProblem);
  if (problems.length > shown.length) shown.push(`and ${problems.length - shown.length} more`);
  return new TermiteError("invalid_request", `Cannot read the request: ${shown.join("; ")}`, {
    details: { param: formatPath(problems[0]?.path ?? []) },
  });
}

/** A path as people write it: `input[3]`, `options.num_ctx`; the root is `body`. */
export function formatPath(path: Path): string {
  if (path.length === 0) return "body";
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? cut(part) : `${text}.${cut(part)}`;
  }, "");
}

/** A value in a few words; long strings are cut. */
export function formatFound(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "string") return JSON.stringify(cut(value));
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "number" ? String(value) : JSON.stringify(value);
}

function formatProblem({ path, found, expected }: Problem): string {
  return `${formatPath(path)}: found ${found}, expected ${expected}`;
}

function cut(text: string): string {
  return text.length > MAX_FOUND_CHARS ? `${text.slice(0, MAX_FOUND_CHARS)}…` : text;
}
