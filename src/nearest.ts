// The known name that someone most likely meant, for "did you mean". Leaf: pure functions on text.

/** The nearest candidate, or `undefined` when none is near enough to be a slip of the hand. */
export function findNearest(name: string, candidates: readonly string[]): string | undefined {
  return findNearestMany(name, candidates, 1)[0];
}

/** At most `most` near candidates, the nearest first; case does not count, about one edit in three letters is near. */
export function findNearestMany(name: string, candidates: readonly string[], most: number): string[] {
  const wanted = name.slice(0, LONGEST).toLowerCase();
  return [...new Set(candidates)]
    .map((candidate) => ({ candidate, distance: editDistance(wanted, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.ceil(Math.min(wanted.length, candidate.length) / 3))
    .sort((left, right) => left.distance - right.distance)
    .slice(0, most)
    .map(({ candidate }) => candidate);
}

/** What a client sends may be of any length; no known name is longer than this. */
const LONGEST = 200;

/**
 * Optimal string alignment distance: insertions, deletions, substitutions and swaps of two neighbours, each costing 1
 * (Damerau 1964, in the restricted form that edits no part twice).
 */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const isSame = left[row - 1] === right[column - 1];
      const isSwap = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (isSame ? 0 : 1),
        isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
