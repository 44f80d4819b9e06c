// Which items are the same: a cheap number to look them up by, and the comparison that decides. Pure.
import type { TokenItem } from "../scheduler.ts";

/** 2^32 by the golden ratio, as Knuth hashes by multiplying. */
const FACTOR = 0x9e3779b1;

/** A seed for `hashItem`: items of different scopes get different numbers by it. */
export function randomInt32(): number {
  return crypto.getRandomValues(new Int32Array(1))[0] ?? 0;
}

/** 32 bits, signed. Token types are left out: texts that differ in nothing else are rare, and `isSameItem` tells them apart. */
export function hashItem({ ids, poolFrom = 0 }: TokenItem, seed: number): number {
  let hash = seed ^ poolFrom;
  for (let at = 0; at < ids.length; at++) {
    hash = Math.imul(hash ^ (ids[at] ?? 0), FACTOR);
    hash ^= hash >>> 15;
  }
  return hash;
}

/** True where a model and a head cannot tell them apart. */
export function isSameItem(left: TokenItem, right: TokenItem): boolean {
  if (left === right) return true;
  if ((left.poolFrom ?? 0) !== (right.poolFrom ?? 0) || !areEqual(left.ids, right.ids)) return false;
  if (left.typeIds === undefined || right.typeIds === undefined) return left.typeIds === right.typeIds;
  return areEqual(left.typeIds, right.typeIds);
}

function areEqual(left: Int32Array, right: Int32Array): boolean {
  if (left.length !== right.length) return false;
  for (let at = 0; at < left.length; at++) if (left[at] !== right[at]) return false;
  return true;
}
