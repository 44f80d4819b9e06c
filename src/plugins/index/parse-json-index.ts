// A project page in JSON (PEP 691, with PEP 700's sizes). Throws an Error that says what is wrong with it.
import * as v from "valibot";
import { parseSha256 } from "./index-file.ts";
import type { IndexFile } from "./index-file.ts";

const FileSchema = v.object({
  filename: v.string(),
  url: v.string(),
  hashes: v.record(v.string(), v.string()),
  size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  yanked: v.optional(v.union([v.boolean(), v.string()]), false),
  "requires-python": v.nullish(v.string()),
  "upload-time": v.nullish(v.string()),
});

const ProjectSchema = v.object({
  meta: v.object({ "api-version": v.pipe(v.string(), v.regex(/^1\.\d+$/, "need version 1")) }),
  files: v.array(FileSchema),
});

/**
 * Sample: `{"meta": {"api-version": "1.1"}, "files": [{"filename": "demo-1.0.whl", "url": "../../demo-1.0.whl",
 * "hashes": {"sha256": "…"}, "size": 123, "yanked": false, "requires-python": ">=3.8"}]}`.
 */
export function parseJsonIndex(text: string, base: URL): IndexFile[] {
  const result = v.safeParse(ProjectSchema, JSON.parse(text));
  if (result.success) return result.output.files.flatMap((file) => parseFile(file, base));
  const [issue] = result.issues;
  throw new Error(`${v.getDotPath(issue) ?? "the document"}: ${issue.message}`);
}

/** A file whose address cannot be read is as good as absent. */
function parseFile(file: v.InferOutput<typeof FileSchema>, base: URL): IndexFile[] {
  const url = URL.parse(file.url, base.href);
  if (url === null) return [];
  url.hash = "";
  return [
    {
      fileName: file.filename,
      url,
      sha256: parseSha256(file.hashes["sha256"]),
      sizeBytes: file.size,
      yanked: file.yanked !== false,
      requiresPython: file["requires-python"] ?? undefined,
      ...(typeof file["upload-time"] === "string" && { uploaded: file["upload-time"] }),
    },
  ];
}
