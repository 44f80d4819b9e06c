// What is known of a hidden child of this program that ran to its end, and how it answers: one marked line on its
// stdout, because native libraries may print there too.
import * as v from "valibot";

export interface ChildOutcome {
  /** `null` when a signal ended it; like `signal` when it could not be started or outlives its kill. */
  exitCode: number | null;
  signal: string | null;
  /** Its time was over before it ended, and it was killed. What it had said by then may be all that was asked of it. */
  isTimeout: boolean;
  stdout: string;
  /** The last few kilobytes: native libraries write their reasons there. */
  stderrTail: string;
  ms: number;
}

export interface RunChildOptions {
  /** The child's whole environment. */
  environment: Readonly<Record<string, string>>;
  timeoutMs: number;
  signal?: AbortSignal;
}

/** Starts this program with `args` and waits; never rejects but for an aborted signal. */
export type RunChild = (args: readonly string[], options: RunChildOptions) => Promise<ChildOutcome>;

const MARK = "termite-answer ";

/** The line that a child writes to stdout. */
export function formatAnswer(value: unknown): string {
  return `\n${MARK}${JSON.stringify(value)}\n`;
}

const AnswerText = v.pipe(v.string(), v.parseJson());

/**
 * The last whole answer in a child's output; `undefined` when it gave none. A line may be cut by the child's death or
 * torn by what a library prints at the same time. Still foreign data: check it.
 */
export function findAnswer(stdout: string): unknown {
  const lines = stdout.split("\n").filter((text) => text.startsWith(MARK)).map((text) => text.slice(MARK.length));
  const line = lines.findLast((text) => v.is(AnswerText, text));
  return line === undefined ? undefined : JSON.parse(line);
}
