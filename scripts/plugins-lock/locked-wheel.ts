// One wheel of a lock out of what is known of it: the files that a rule keeps, by tree path.
import type { PluginFile, PluginWheel } from "../../src/plugins/catalog/lock.ts";
import { formatTreePath } from "../../src/plugins/catalog/lock.ts";
import type { DetailFile, WheelDetail } from "./wheel-detail.ts";

export interface WheelIdentity extends Omit<PluginWheel, "files" | "sizeBytes"> {
  /** Glob patterns of what an install keeps besides the licence texts; `EVERYTHING` is the wheel as it is. */
  keep: readonly string[];
}

/** Every file where it lies in the wheel: what an installer of Python packages would write. */
export const EVERYTHING: readonly string[] = ["**"];

/** Texts that go to "licenses/<wheel's name>/", wherever a wheel has them. */
const LICENCE = /(?:^|\/)[^/.]*(?:licen[cs]e|copying|notice|eula)[^/.]*(?:\.(?:txt|md|rst))?$/i;

/** Throws an Error where a pattern keeps nothing: a wheel that changed its layout is for a person to look at. */
export function createLockedWheel(detail: WheelDetail, { keep, ...identity }: WheelIdentity): PluginWheel {
  const kept = keep.flatMap((pattern) => findKept(detail, pattern, identity.file));
  const licences = keep === EVERYTHING ? [] : findLicences(detail, identity.name);
  const files = new Map([...licences, ...kept].map((file) => [formatTreePath(file), file]));
  const ordered = [...files.values()].sort((left, right) => (formatTreePath(left) < formatTreePath(right) ? -1 : 1));
  const { name, version, file, sha256, uploaded, licence } = identity;
  return { name, version, file, sizeBytes: detail.sizeBytes, sha256, uploaded, licence, files: ordered };
}

function findKept(detail: WheelDetail, pattern: string, wheel: string): PluginFile[] {
  const glob = new Bun.Glob(pattern);
  const files = detail.files.filter(({ path }) => glob.match(path));
  if (files.length === 0) throw new Error(`Cannot lock "${wheel}": found no file for "${pattern}"`);
  return files.map((file) => createFile(file));
}

/** A wheel without one has METADATA, which names the licence. */
function findLicences({ files }: WheelDetail, name: string): PluginFile[] {
  const texts = files.filter(({ path }) => isLicence(path));
  const kept = texts.length > 0 ? texts : files.filter(({ path }) => /^[^/]+\.dist-info\/METADATA$/.test(path));
  const paths = resolveLicencePaths(kept.map(({ path }) => path));
  return kept.map((file) => createFile(file, `licenses/${name}/${paths.get(file.path)}`));
}

/** Of the whole wheel: at its top, in its package's own folder or in .dist-info; not those of headers it carries. */
function isLicence(path: string): boolean {
  const isOwn = path.split("/").length <= 2 || /^[^/]+\.dist-info\/licenses\//.test(path);
  return isOwn && LICENCE.test(path);
}

/** The last part alone where that is enough to tell them apart. */
function resolveLicencePaths(paths: readonly string[]): Map<string, string> {
  const names = paths.map((path) => path.slice(path.lastIndexOf("/") + 1));
  const isUnique = new Set(names).size === names.length;
  return new Map(paths.map((path, index) => [path, isUnique ? (names[index] ?? path) : path]));
}

function createFile(file: DetailFile, to?: string): PluginFile {
  const { path, mode, sizeBytes, sha256, dataOffset, method, compressedBytes, crc32, pieces } = file;
  return {
    path,
    ...(to !== undefined && { to }),
    mode: to === undefined ? mode : 0o444,
    sizeBytes,
    sha256,
    dataOffset,
    method,
    compressedBytes,
    crc32,
    pieces: [...pieces],
  };
}
