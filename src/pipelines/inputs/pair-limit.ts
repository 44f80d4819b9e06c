// How much text the pairs of one request may have: one long text with many short ones is small to send and large to
// tokenize, because each pair is tokenized whole. Pure.
import { TermiteError } from "../../errors.ts";

/** In UTF-16 units; seconds of work. No request without repetition comes near: a body has 16 MiB by default. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

/** `what` is of the request: "rerank the texts". */
export function checkPairCharacters(characters: number, what: string): void {
  if (characters <= MAX_CHARACTERS) return;
  const found = `found ${characters} characters in all pairs together, the limit is ${MAX_CHARACTERS}`;
  throw new TermiteError("invalid_request", `Cannot ${what}: ${found}`, {
    hint: "Send fewer or shorter texts at once",
    details: { found: characters, limit: MAX_CHARACTERS },
  });
}

export function countCharacters(texts: readonly string[]): number {
  return texts.reduce((sum, { length }) => sum + length, 0);
}
