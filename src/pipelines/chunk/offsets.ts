// Places in one text: code points, which clients and tokenizers count, to UTF-16 units, which strings count, and back.
import { SURROGATE_PAIR, readUnitOffsets } from "../../tokenizers/code-points.ts";

export interface Offsets {
  toUnits(codePoint: number): number;
  /** Of a unit at which a character begins, or the end of the text. */
  toCodePoints(unit: number): number;
}

export function createOffsets(text: string): Offsets {
  if (!SURROGATE_PAIR.test(text)) return { toUnits: (place) => place, toCodePoints: (place) => place };
  const units = readUnitOffsets(text);
  return {
    toUnits: (codePoint) => units[codePoint] ?? text.length,
    toCodePoints: (unit) => findFirst(units.length, (index) => (units[index] ?? 0) >= unit),
  };
}

/** The first of `count` indices for which `isReached` is true, and then is for all behind it; `count` when for none. */
export function findFirst(count: number, isReached: (index: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isReached(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
