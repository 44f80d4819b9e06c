// Ids of GPT's vocabulary `cl100k_base` back to text. Only the table of `js-tiktoken` is used, loaded at the first call: its own
// decoder takes five times as long to set up and 70 MB, and drops unknown ids and a byte order mark in silence.
import { TermiteError } from "../errors.ts";
import { createInvalid, formatPath } from "./body/problems.ts";
import type { Path } from "./body/problems.ts";
import { createOnce } from "./once.ts";

/**
 * The text of the ids that stand at `path` in the request. A list that begins or ends inside a character, as clients make
 * them that cut long texts by ids, has U+FFFD there. `invalid_request` for an id that the vocabulary does not have.
 */
export type IdDecoder = (ids: readonly number[], path: Path) => Promise<string>;

export function createCl100kDecoder(limitBytes: number): IdDecoder {
  return async (ids, path) => {
    const tokens = await readSharedTable();
    const pieces: Uint8Array[] = [];
    let sizeBytes = 0;
    for (const [index, id] of ids.entries()) {
      const piece = findBytes(tokens, id);
      if (piece === undefined) {
        throw createInvalid([{ path: [...path, index], found: String(id), expected: "a token id of cl100k_base" }]);
      }
      pieces.push(piece);
      sizeBytes += piece.length;
      if (sizeBytes > limitBytes) throw createTooLarge(path, limitBytes);
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.concat(pieces));
  };
}

/** Base64 of a token's bytes as the table has it, or the bytes themselves once it was met. */
type Token = string | Uint8Array;

/** Some megabytes, the same for every app of this process. */
const readSharedTable = createOnce(readTable);

/** A line of the table is "! <first id> <base64> <base64> …"; ids without a token are left undefined. */
async function readTable(): Promise<Token[]> {
  const { default: ranks } = await import("js-tiktoken/ranks/cl100k_base");
  const tokens: Token[] = [];
  for (const line of ranks.bpe_ranks.split("\n")) {
    const [, first, ...words] = line.split(" ");
    words.forEach((word, index) => (tokens[Number(first) + index] = word));
  }
  // Special tokens are the text that they are written with.
  for (const [text, id] of Object.entries(ranks.special_tokens)) tokens[id] = Buffer.from(text);
  return tokens;
}

function findBytes(tokens: Token[], id: number): Uint8Array | undefined {
  const token = tokens[id];
  if (typeof token !== "string") return token;
  const bytes = Buffer.from(token, "base64");
  tokens[id] = bytes;
  return bytes;
}

function createTooLarge(path: Path, limitBytes: number): TermiteError {
  const param = formatPath(path);
  const message = `Cannot embed ${param}: found token ids of more text than the limit of ${limitBytes} bytes`;
  return new TermiteError("text_too_large", message, { details: { param, limit: limitBytes } });
}
