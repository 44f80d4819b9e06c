// What an install fetches, byte for byte: one lock per plugin, variant and platform, made by `bun run plugins:lock` and
// compiled into the executable. It is the root of trust: an index, a mirror or a bundle may lie, and nothing but an error
// comes of it.
import * as v from "valibot";

export const PLUGIN_NAMES = ["xla:cuda", "xla:tpu", "onnx:cuda"] as const;
export type PluginName = (typeof PLUGIN_NAMES)[number];

/** Length of all but the last piece of an entry's compressed bytes: 8 MiB. */
export const PIECE_BYTES = 8 * 1024 * 1024;

const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const Sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
/** Relative, "/" between parts; no empty part, ".", "..", backslash or control character. */
const InnerPath = v.pipe(v.string(), v.regex(/^(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^\\\p{Cc}]+$/u));

const FileSchema = v.object({
  /** In the wheel. */
  path: InnerPath,
  /** In the plugin's tree, where that is another: licences go to "licenses/<wheel's name>/". */
  to: v.exactOptional(InnerPath),
  /** 0o444, or 0o555 for what had any x bit. */
  mode: v.picklist([0o444, 0o555]),
  sizeBytes: Count,
  sha256: Sha256,
  /** Where the compressed bytes begin in the wheel, behind the local header. */
  dataOffset: Count,
  method: v.picklist(["stored", "deflate"]),
  compressedBytes: Count,
  crc32: Count,
  /** sha256 of each `PIECE_BYTES` of the compressed bytes, the last one shorter; empty for an empty file. */
  pieces: v.array(Sha256),
});

const WheelSchema = v.object({
  name: v.string(),
  version: v.string(),
  /** File name at the index. */
  file: v.string(),
  sizeBytes: Count,
  sha256: Sha256,
  /** When it was published: "2026-11-02T10:11:12Z". */
  uploaded: v.string(),
  /** As people know it: "Apache-2.0", "NVIDIA CUDA EULA". */
  licence: v.string(),
  /** Only those that an install keeps, its licence texts among them. */
  files: v.pipe(v.array(FileSchema), v.minLength(1)),
});

export const PluginLockSchema = v.object({
  format: v.literal(1),
  plugin: v.picklist(PLUGIN_NAMES),
  /** What people write behind "@": the version of the wheel that holds the plugin library. */
  version: v.pipe(v.string(), v.minLength(1)),
  variant: v.picklist(["cuda13", "cuda12", "tpu"]),
  platform: v.object({ os: v.literal("linux"), arch: v.picklist(["x64", "arm64"]) }),
  /** Earlier versions that may keep serving: the two before. */
  accepts: v.array(v.string()),
  /** The plugin library, as a path in the tree. Its wheel comes first in `wheels`. */
  library: InnerPath,
  needs: v.object({
    glibc: v.string(),
    /** Highest GLIBCXX version that a library of it asks for: "3.4.22". */
    glibcxx: v.exactOptional(v.string()),
    /** Oldest NVIDIA driver on Linux: "580", "525.60.13". */
    driver: v.exactOptional(v.string()),
    computeCapability: v.exactOptional(v.string()),
  }),
  /** Of a PJRT plugin: what `GetPjrtApi` must say. */
  pjrt: v.exactOptional(v.object({ major: Count, minor: Count })),
  wheels: v.pipe(v.array(WheelSchema), v.minLength(1)),
});

export type PluginLock = v.InferOutput<typeof PluginLockSchema>;
export type PluginWheel = PluginLock["wheels"][number];
export type PluginFile = PluginWheel["files"][number];

/** Where a file lies in the plugin's tree. */
export function formatTreePath({ path, to }: PluginFile): string {
  return to ?? path;
}

/** Name of the version's folder: the version, and for the older CUDA major the variant too. */
export function formatVersionFolder({ version, variant }: Pick<PluginLock, "version" | "variant">): string {
  return variant === "cuda12" ? `${version}-cuda12` : version;
}
