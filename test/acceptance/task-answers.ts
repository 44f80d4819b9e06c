// Asking the server, and holding its answers against what others have.
import { isDeepStrictEqual } from "node:util";
import { check } from "./report.ts";

/** The measure: scores and values within this. */
export const TOLERANCE = 1e-4;

/** The answer's body; throws with its first words unless it is 200. */
export async function post<T>(url: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
  const sent = { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
  const response = await fetch(`${url}${path}`, sent);
  const text = await response.text();
  check(response.status === 200, `${path}: ${response.status} ${text.slice(0, 200)}`);
  return JSON.parse(text);
}

/** The largest difference; throws when it is over the tolerance, or when one side has more numbers. */
export function checkClose(found: ArrayLike<number>, expected: ArrayLike<number>, what: string, tolerance = TOLERANCE): number {
  check(found.length === expected.length, `${what}: found ${found.length} numbers, expected ${expected.length}`);
  let worst = 0;
  for (let index = 0; index < found.length; index++) {
    const difference = Math.abs((found[index] ?? NaN) - (expected[index] ?? NaN));
    check(difference <= tolerance, `${what}: found ${found[index]} at ${index}, expected ${expected[index]}`);
    worst = Math.max(worst, difference);
  }
  return worst;
}

export function checkEqual(found: unknown, expected: unknown, what: string): void {
  if (isDeepStrictEqual(found, expected)) return;
  check(false, `${what}: found ${JSON.stringify(found)?.slice(0, 300)}, expected ${JSON.stringify(expected)?.slice(0, 300)}`);
}
