// Offsets are counted in code points, strings of JavaScript in UTF-16 units: this is the way from one to the other.

/** A text without one has as many code points as units. */
export const SURROGATE_PAIR = /[\ud800-\udbff][\udc00-\udfff]/;

/** Gives the part of `text` between two offsets in code points. Reads the text once: keep it for all slices. */
export function createCodePointSlicer(text: string): (start: number, end: number) => string {
  if (!SURROGATE_PAIR.test(text)) return (start, end) => text.slice(start, end);
  const units = readUnitOffsets(text);
  const resolve = (offset: number): number => units[offset] ?? text.length;
  return (start, end) => text.slice(resolve(start), resolve(end));
}

/** Of each code point, where it begins in UTF-16 units. */
export function readUnitOffsets(text: string): Uint32Array {
  const units = new Uint32Array(text.length);
  let [count, unit] = [0, 0];
  for (const character of text) {
    units[count++] = unit;
    unit += character.length;
  }
  return units.subarray(0, count);
}
