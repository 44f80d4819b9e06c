// The texts of a command: its arguments, or with "-" lines on stdin, which are read a batch at a time.
import { TermiteError } from "../errors.ts";
import type { FlagTable, Invocation } from "./command.ts";
import { readBatches } from "./input-lines.ts";

/** More than a command line holds of texts worth the name. */
export const MOST_ARGUMENTS = 2048;
const LINES_PER_BATCH = 256;

/** What every command that takes texts can be told of them. */
export const TEXT_FLAGS = {
  truncate: { type: "boolean", description: "refuse texts over the model's limit instead of cutting them", isOn: true },
  jsonl: { type: "boolean", description: 'stdin holds JSON lines: a string, or an object with "text"' },
} as const satisfies FlagTable;

export type Batches = AsyncIterable<readonly string[]>;

/** `texts` are the positionals that stand for texts. Throws `usage` at once where `--jsonl` and they contradict each other. */
export function openTexts(
  { flags }: Invocation,
  texts: readonly string[],
  command: string,
): (signal: AbortSignal) => Batches {
  const jsonLines = flags["jsonl"] === true;
  if (texts.length === 1 && texts[0] === "-") return (signal) => readBatches({ size: LINES_PER_BATCH, jsonLines, signal });
  if (!jsonLines) return () => listOnce(texts);
  throw new TermiteError("usage", `Cannot run "termite ${command}": --jsonl reads stdin, found texts as arguments`, {
    hint: 'Write "-" instead of the texts, and give them on stdin',
  });
}

/** The same texts in the same order, in batches of no more than `size`. */
export async function* splitBatches(batches: Batches, size: number): Batches {
  for await (const texts of batches) {
    for (let start = 0; start < texts.length; start += size) yield texts.slice(start, start + size);
  }
}

async function* listOnce(texts: readonly string[]): Batches {
  yield texts;
}
