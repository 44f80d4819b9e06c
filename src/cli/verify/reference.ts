// Answers that somebody stored beside a model, made by whatever they trust: every engine is compared with them too.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { formatError, TermiteError } from "../../errors.ts";

/** In the model's folder. Sample: `{"texts": ["a text"], "vectors": [[0.12, -0.5]]}`. */
export const REFERENCE_FILE = "reference.json";

const ReferenceSchema = v.pipe(
  v.object({
    texts: v.pipe(v.array(v.string()), v.minLength(1)),
    vectors: v.array(v.array(v.number())),
  }),
  v.check(({ texts, vectors }) => texts.length === vectors.length, "need one vector for each text"),
);

export type Reference = v.InferOutput<typeof ReferenceSchema>;

/** `undefined` where the folder of the graph has none. Throws `invalid_request` for one that cannot be used. */
export function findReference(graphFile: string): Reference | undefined {
  const path = join(dirname(graphFile), REFERENCE_FILE);
  if (!existsSync(path)) return undefined;
  const parsed = v.safeParse(ReferenceSchema, readJson(path));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw createError(`${v.getDotPath(issue) ?? "file"}: ${issue.message}`);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw createError(formatError(cause), cause);
  }
}

const createError = (found: string, cause?: unknown): TermiteError =>
  new TermiteError("invalid_request", `Cannot read the model's ${REFERENCE_FILE}: ${found}`, { cause });
