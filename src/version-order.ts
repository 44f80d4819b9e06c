// Versions of dotted numbers in order: "3.4.9" comes before "3.4.30". Leaf: pure.

/** Part by part: "580.65.06" is at least "580", "525.60" is not at least "525.60.13". */
export function isAtLeast(version: string, floor: string): boolean {
  const parts = version.split(".").map(Number);
  const [part, least] = floor.split(".").map((text, i) => [parts[i] ?? 0, Number(text)] as const)
    .find(([part, least]) => part !== least) ?? [0, 0];
  return part >= least;
}

/** Below zero where `left` comes first. */
export function compareVersions(left: string, right: string): number {
  return Number(isAtLeast(left, right)) - Number(isAtLeast(right, left));
}
