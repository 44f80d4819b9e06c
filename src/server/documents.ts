// Documents to rank: each a text, or an object that holds it.
import { createInvalid, formatFound, formatPath } from "./body/problems.ts";
import type { Problem } from "./body/problems.ts";
import { checkTextSize, parseTexts } from "./body/texts.ts";

/** What the schema lets through. */
export type RankDocument = string | Readonly<Record<string, unknown>>;

export interface DocumentsOptions {
  /** The field that holds them. */
  param: string;
  limitBytes: number;
  /** The keys of an object whose texts are ranked, in this order, a line each; "text" when absent. */
  fields?: readonly string[] | null | undefined;
}

/** The text of each document; `invalid_request` names every one that has none. */
export function parseDocuments(documents: readonly RankDocument[], options: DocumentsOptions): readonly string[] {
  const { param, limitBytes } = options;
  const fields = [...new Set(options.fields ?? ["text"])];
  const problems: Problem[] = [];
  const texts = documents.map((document, index) => {
    if (typeof document === "string") return document;
    return joinFields(document, { fields, limitBytes, path: [param, index], problems });
  });
  if (problems.length > 0) throw createInvalid(problems);
  return parseTexts(texts, limitBytes, { param, verb: "rerank" });
}

interface JoinOptions {
  fields: readonly string[];
  limitBytes: number;
  path: readonly [string, number];
  problems: Problem[];
}

/** A document need not have every field, but one of them. */
function joinFields(document: Readonly<Record<string, unknown>>, options: JoinOptions): string {
  const { fields, limitBytes, path, problems } = options;
  const present = fields.filter((field) => Object.hasOwn(document, field));
  const wrong = present.filter((field) => typeof document[field] !== "string");
  for (const field of wrong) {
    problems.push({ path: [...path, field], found: formatFound(document[field]), expected: "a string" });
  }
  const [first = "text"] = fields;
  if (present.length === 0) problems.push({ path: [...path, first], found: "nothing", expected: "a string" });
  let joined = "";
  for (const [index, field] of present.entries()) {
    joined += `${index === 0 ? "" : "\n"}${String(document[field])}`;
    // Not at the end: together they can be longer than a string may be.
    checkTextSize(joined, { param: formatPath(path), verb: "rerank" }, limitBytes);
  }
  return joined;
}
