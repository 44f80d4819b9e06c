// Whether foreign data is an object with named members: a YAML map, a JSON object. Leaf: one pure function.

/** Not a list, not a scalar, and not the `Date` that YAML's parser makes of `2024-01-01`. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
