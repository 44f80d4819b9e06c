// The rule for what is too long where nothing may be cut. Pure.
import { TermiteError } from "../../errors.ts";
import type { Encoded } from "../../tokenizers/tokenizer.ts";

/** What an input is to the client: "embed input 3", and the request's parameter that holds it. */
export interface InputName {
  what: string;
  param: string;
  /** Its place in that parameter, where that is not its place in the list. */
  index?: number;
}

/** For those who asked for it; a dialect that refuses by default has a hint of its own in its place. */
export const UNCUT_HINT = 'Shorten it, or leave out "truncate": false';

/** Throws `input_too_long` with both numbers for the first that has more tokens than the limit. */
export function checkLengths(encoded: readonly Encoded[], limit: number, nameOf: (index: number) => InputName): void {
  const at = encoded.findIndex(({ fullLength }) => fullLength > limit);
  const tokens = encoded[at]?.fullLength;
  if (tokens === undefined) return;
  const { what, param, index = at } = nameOf(at);
  throw new TermiteError("input_too_long", `Cannot ${what}: found ${tokens} tokens, need ${limit} or fewer`, {
    hint: UNCUT_HINT,
    details: { param, index, tokens, limit },
  });
}
