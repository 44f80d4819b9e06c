// What is wrong with a configuration: collected from every layer, told all at once.
import { TermiteError } from "../errors.ts";

export interface ConfigProblem {
  /** The file as the user named it, the environment variable, or the flag. */
  where: string;
  /** 1-based, for what the YAML parser found. */
  line?: number;
  column?: number;
  /** Dotted key. */
  key?: string;
  /** JSON of the value, cut short. */
  found?: string;
  expected?: string;
  /** Where `found` and `expected` do not say it. */
  message?: string;
  suggestion?: string;
}

/** `invalid_config` with one line per problem in the message and the list in `details.problems`. */
export function createConfigError(problems: readonly ConfigProblem[]): TermiteError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new TermiteError(
    "invalid_config",
    [`Cannot use the configuration: ${count}`, ...problems.map(formatProblem)].join("\n"),
    { hint: "termite config --schema", details: { problems } },
  );
}

/** `termite.yaml: limits.inputs: found "many", expected a whole number from 1 to 1000000`. */
export function formatProblem(problem: ConfigProblem): string {
  const place = [problem.where, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  const head = problem.key === undefined ? place : `${place}: ${problem.key}`;
  const body = problem.message ?? `found ${problem.found}, expected ${problem.expected}`;
  const tail = problem.suggestion === undefined ? "" : `, did you mean "${problem.suggestion}"?`;
  return `${head}: ${body}${tail}`;
}

/** JSON of a value for a message: cut short, and without the credentials that a URL may hold. */
export function formatFound(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (value instanceof Date) return `the date ${value.toJSON()?.slice(0, 10) ?? "without a value"}`;
  if (typeof value === "number") return String(value);
  const text = (JSON.stringify(value) ?? typeof value).replace(CREDENTIALS, "//…@");
  return text.length > LONGEST_FOUND ? `${text.slice(0, LONGEST_FOUND)}…` : text;
}

const LONGEST_FOUND = 80;

/** What stands before the host of a URL, anywhere in a text. */
export const CREDENTIALS = /\/\/[^\s"]*@/g;
