// Texts from stdin: plain lines or JSON lines, in batches, without reading everything first.
import { addAbortSignal } from "node:stream";
import { TermiteError } from "../errors.ts";

export interface ReadOptions {
  /** Lines a batch. */
  size: number;
  /** Each line is a JSON string, or an object with the key "text"; otherwise each line is a text as it is. */
  jsonLines: boolean;
  /** Ends the reading; the generator then throws its reason. */
  signal: AbortSignal;
}

/** Plain lines keep everything but the line end: an empty line is an empty text. Empty JSON lines are skipped. */
export async function* readBatches({ size, jsonLines, signal }: ReadOptions): AsyncIterable<readonly string[]> {
  let batch: string[] = [];
  let lineNumber = 0;
  for await (const line of readLines(signal)) {
    lineNumber++;
    if (jsonLines && line.trim() === "") continue;
    batch.push(jsonLines ? parseJsonLine(line, lineNumber) : line);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  signal.throwIfAborted();
  if (batch.length > 0) yield batch;
}

/** Lines end at "\n" or "\r\n" only: readline would cut texts at U+2028, U+2029 and a lone "\r" too. */
async function* readLines(signal: AbortSignal): AsyncIterable<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  try {
    for await (const chunk of addAbortSignal(signal, process.stdin)) {
      const [first = "", ...others] = decode(decoder, chunk).split("\n");
      const lines = [rest + first, ...others];
      rest = lines.pop() ?? "";
      for (const line of lines) yield line.replace(/\r$/, "");
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
  rest += decode(decoder);
  if (rest !== "") yield rest;
}

/** The text of one chunk, or of what is left at the end. Other bytes than UTF-8 are refused: they would be another text. */
function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch (cause) {
    throw new TermiteError("invalid_request", "Cannot read stdin: found bytes that are not UTF-8", {
      cause,
      hint: "iconv -f LATIN1 -t UTF-8 texts.txt",
    });
  }
}

/** Sample: `"a text"` or `{"text": "a text"}`. */
export function parseJsonLine(line: string, lineNumber: number): string {
  const value = parseJson(line, lineNumber);
  if (typeof value === "string") return value;
  if (typeof value === "object" && value !== null && "text" in value && typeof value.text === "string") return value.text;
  throw new TermiteError("invalid_request", `Cannot read line ${lineNumber}: found neither a string nor an object with "text"`);
}

function parseJson(line: string, lineNumber: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new TermiteError("invalid_request", `Cannot read line ${lineNumber}: found no valid JSON`, {
      cause,
      hint: "Leave --jsonl out to read plain lines",
    });
  }
}
