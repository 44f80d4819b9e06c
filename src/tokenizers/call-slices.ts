// How much text goes into one call of the library, and how one list of texts or pairs becomes many such calls.

/**
 * The library keeps about 600 bytes a token until its encoding is collected, so a call takes about this much text, 30
 * ms of work. A text cannot be cut before it is encoded: not every tokenizer would give its beginning the same ids.
 */
export const CALL_CHARACTERS = 64 * 1024;

export function* sliceByCharacters<T>(items: readonly T[], countCharacters: (item: T) => number): Generator<T[]> {
  let slice: T[] = [];
  let total = 0;
  for (const item of items) {
    const characters = countCharacters(item);
    if (slice.length > 0 && total + characters > CALL_CHARACTERS) {
      yield slice;
      slice = [];
      total = 0;
    }
    slice.push(item);
    total += characters;
  }
  if (slice.length > 0) yield slice;
}
