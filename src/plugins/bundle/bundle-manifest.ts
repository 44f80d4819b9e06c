// `bundle.json`, the first file of a bundle: what plugin it carries, and every file behind it.
import * as v from "valibot";
import { PLUGIN_NAMES } from "../catalog/lock.ts";
import type { InstalledVersion } from "../store/installed.ts";
import { createBundleError } from "./bundle-error.ts";

export const MANIFEST_FILE = "bundle.json";

/** A manifest of thousands of files is far below this. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Relative, "/" between parts; no empty part, ".", "..", backslash or control character. */
const InnerPath = v.pipe(v.string(), v.regex(/^(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^\\\p{Cc}]+$/u, "a path that leads elsewhere"));

const ManifestSchema = v.strictObject({
  format: v.literal(1),
  plugin: v.picklist(PLUGIN_NAMES),
  version: v.pipe(v.string(), v.minLength(1)),
  variant: v.picklist(["cuda13", "cuda12", "tpu"]),
  platform: v.strictObject({ os: v.string(), arch: v.string() }),
  /** Of the lock that the exported version was installed by. */
  lockSha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  /** Of the whole bundle, all parts together. */
  sizeBytes: Count,
  /** As they follow, in order of paths. */
  files: v.pipe(
    v.array(
      v.strictObject({
        path: InnerPath,
        mode: v.picklist([0o444, 0o555]),
        sizeBytes: Count,
        sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
      }),
    ),
    v.minLength(1),
  ),
});

export type BundleManifest = v.InferOutput<typeof ManifestSchema>;
export type BundleFile = BundleManifest["files"][number];

/** `name`: of the bundle, for the message. Throws `invalid_bundle`. */
export function parseManifest(text: string, name: string): BundleManifest {
  const result = v.safeParse(ManifestSchema, parseJson(text, name));
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw createBundleError(name, `found a broken "${MANIFEST_FILE}": ${v.getDotPath(issue) ?? "the whole"}: ${issue.message}`);
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw createBundleError(name, `found a broken "${MANIFEST_FILE}": it is not JSON`, error);
  }
}

/** All but the size of the bundle. `undefined` for a version whose receipt says too little, of an older install. */
export function createManifestFacts({ plugin, receipt }: InstalledVersion): Omit<BundleManifest, "sizeBytes"> | undefined {
  const { version, variant, platform, lockSha256, files } = receipt;
  const listed = files.map(({ path, mode, sizeBytes, sha256 }) => ({ path, mode, sizeBytes, sha256 }));
  const sorted = listed.sort((one, other) => (one.path < other.path ? -1 : 1));
  const facts = { format: 1, plugin, version, variant, platform, lockSha256, files: sorted };
  const result = v.safeParse(v.omit(ManifestSchema, ["sizeBytes"]), facts);
  return result.success ? result.output : undefined;
}
