// Foreign data against a valibot schema, every wrong field at once. The schemas' messages are the "expected" phrases:
// see `schemas/fields.ts`.
import * as v from "valibot";
import { isRecord } from "../../is-record.ts";
import { createInvalid, formatFound } from "./problems.ts";
import type { Path, Problem } from "./problems.ts";

export type Body = Readonly<Record<string, unknown>>;

/** The body, or what stands in it at `at`, as an object. Throws `invalid_request` for a list, a string, a number or null. */
export function checkObject(body: unknown, at: Path = []): Body {
  if (isRecord(body)) return body;
  throw createInvalid([{ path: at, found: formatFound(body), expected: "an object" }]);
}

/**
 * The fields that the schema knows. Throws `invalid_request` with all problems; unknown fields are ignored. An object inside
 * the body is parsed by a call of its own, with its place as `at`.
 */
export function parseFields<const E extends v.ObjectEntries>(
  schema: v.ObjectSchema<E, undefined>,
  body: Body,
  at: Path = [],
): v.InferOutput<v.ObjectSchema<E, undefined>> {
  // Absent keys become undefined, so that the field's own message speaks and not valibot's about a missing key.
  const known = Object.keys(schema.entries).map((key) => [key, Object.hasOwn(body, key) ? body[key] : undefined]);
  const result = v.safeParse(schema, Object.fromEntries(known), { abortPipeEarly: true });
  if (result.success) return result.output;
  throw createInvalid(result.issues.flatMap((issue) => expandIssue(issue, at)));
}

/**
 * Throws `invalid_request` for each string or key, anywhere, that is not well-formed Unicode: JSON can write "\ud800".
 * `body` comes from `parseJsonBody`, which bounds its depth.
 */
export function checkWellFormed(body: unknown): void {
  const problems: Problem[] = [];
  findLoneSurrogates(body, [], problems);
  if (problems.length > 0) throw createInvalid(problems);
}

/** A union's own message hides which element was wrong: where one of its options got further, that is what counts. */
function expandIssue(issue: v.BaseIssue<unknown>, parent: Path): Problem[] {
  const path = [...parent, ...(issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)))];
  const deeper = (issue.issues ?? []).filter((inner) => inner.path !== undefined);
  if (deeper.length > 0) return deeper.flatMap((inner) => expandIssue(inner, path));
  return [{ path, found: formatFound(issue.input), expected: issue.message }];
}

function findLoneSurrogates(value: unknown, path: (string | number)[], problems: Problem[]): void {
  if (typeof value === "string" && !value.isWellFormed()) problems.push(createSurrogateProblem(path));
  if (typeof value !== "object" || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    if (!key.isWellFormed()) problems.push(createSurrogateProblem(path));
    path.push(Array.isArray(value) ? Number(key) : key.toWellFormed());
    findLoneSurrogates(item, path, problems);
    path.pop();
  }
}

function createSurrogateProblem(path: Path): Problem {
  return { path: [...path], found: "a lone surrogate", expected: "well-formed Unicode" };
}
