// What `--from` names: a bundle, the first part of one, or a folder of wheels. Only the beginning of a bundle is read.
import { statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { hasErrorCode, TermiteError } from "../../errors.ts";
import { checkParts, findParts, readParts } from "./bundle-parts.ts";
import type { BundlePart } from "./bundle-parts.ts";
import { createBundleError } from "./bundle-error.ts";
import { MANIFEST_FILE, MAX_MANIFEST_BYTES, parseManifest } from "./bundle-manifest.ts";
import type { BundleManifest } from "./bundle-manifest.ts";
import { readTar } from "./read-tar.ts";
import type { TarFile } from "./read-tar.ts";

const ANOTHER_FILE = "Give the file of termite plugin export, its first part (FILE.000), or a folder of wheels";
/** Of a path that is longer than any message should be. */
const SHOWN_CHARACTERS = 80;

export interface Bundle {
  kind: "bundle";
  /** Of the file, or of the first part. */
  name: string;
  manifest: BundleManifest;
  parts: readonly BundlePart[];
}

/** For `createFolderSource`. */
export interface WheelFolder {
  kind: "wheels";
  folder: string;
}

/** Throws `invalid_bundle`: what is there is no bundle, or a part of it is missing, short or too much. */
export async function openBundle(path: string): Promise<Bundle | WheelFolder> {
  const found = findStats(path);
  if (found === undefined) {
    throw new TermiteError("invalid_bundle", `Cannot use "${path}": it is not there`, { hint: ANOTHER_FILE });
  }
  if (found.isDirectory()) return { kind: "wheels", folder: path };
  if (path.endsWith(".whl")) {
    const hint = `Put the wheels of the plugin into one folder and give that: --from "${dirname(path)}"`;
    throw new TermiteError("invalid_bundle", `Cannot use "${path}": it is one wheel, need a folder of wheels or a bundle`, { hint });
  }
  const parts = findParts(path);
  const name = basename(path);
  const manifest = await readManifest(name, parts);
  checkParts(parts, manifest.sizeBytes);
  return { kind: "bundle", name, manifest, parts };
}

function findStats(path: string) {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    if (hasErrorCode(cause, ["ENOTDIR"])) return undefined;
    if (!hasErrorCode(cause, ["ENAMETOOLONG"])) throw cause;
    const message = `Cannot use "${path.slice(0, SHOWN_CHARACTERS)}…": found a path of ${path.length} characters, which is too long`;
    throw new TermiteError("invalid_bundle", message, { hint: ANOTHER_FILE, cause });
  }
}

async function readManifest(name: string, parts: readonly BundlePart[]): Promise<BundleManifest> {
  for await (const file of readTar(name, readParts(parts))) {
    const { path, sizeBytes } = file;
    if (path !== MANIFEST_FILE) throw createBundleError(name, `its first file is "${path}", need "${MANIFEST_FILE}"`);
    if (sizeBytes > MAX_MANIFEST_BYTES) throw createBundleError(name, `found ${sizeBytes} bytes of "${MANIFEST_FILE}"`);
    return parseManifest(await readText(file), name);
  }
  throw createBundleError(name, "it is empty");
}

async function readText({ bytes }: TarFile): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}
