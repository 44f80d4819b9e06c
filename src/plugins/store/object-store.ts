// Verified files by their content, shared by all plugins: what two of them need lies on disk once. A file's name is its
// sha256, and those that may be run have names of their own, because links to one file share its mode.
import { lstatSync } from "node:fs";
import { chmod, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasErrorCode } from "../../errors.ts";
import { readOwner } from "../search/ownership.ts";
import { createInnerFolder, createPluginsDir, syncFile } from "./folders.ts";
import { readSha256 } from "./read-sha256.ts";
import { resolveStorePaths } from "./paths.ts";

/** What a file must be; a `PluginFile` of the lock fits. */
export interface ObjectIdentity {
  /** 64 digits, lower case. */
  sha256: string;
  sizeBytes: number;
  /** 0o444 or 0o555. */
  mode: number;
}

export interface ObjectStore {
  /** Of this size and mode and nobody else's; the content was verified when it came in. Throws what the system says. */
  has(object: ObjectIdentity): boolean;
  /** Where it is or will be. */
  path(object: Pick<ObjectIdentity, "sha256" | "mode">): string;
  /**
   * Takes a whole, verified file of this file system into the store: it is read-only, lasts through a power cut and has
   * its final name when this resolves, and `partFile` is gone. An object that is there already is held against its name.
   */
  commit(partFile: string, object: ObjectIdentity): Promise<void>;
  /** Gone already is fine. */
  remove(object: Pick<ObjectIdentity, "sha256" | "mode">): Promise<void>;
}

/** Makes nothing on disk before the first `commit`. */
export function openObjectStore(pluginsDir: string): ObjectStore {
  const { objects } = resolveStorePaths(pluginsDir);
  const path: ObjectStore["path"] = (object) => join(objects, formatObjectName(object));
  let isReady = false;
  const prepare = async (): Promise<void> => {
    if (isReady) return;
    await createPluginsDir(pluginsDir);
    await createInnerFolder(pluginsDir, objects);
    isReady = true;
  };
  return {
    path,
    has: (object) => isObject(path(object), object),
    remove: (object) => rm(path(object), { force: true }),
    async commit(partFile, object) {
      const { size } = await stat(partFile);
      if (size !== object.sizeBytes) throw new RangeError(`Cannot keep a file: found ${size} bytes, need ${object.sizeBytes}`);
      await prepare();
      await chmod(partFile, object.mode);
      await syncFile(partFile);
      const place = path(object);
      if (isObject(place, object) && (await readSha256(place)) === object.sha256) await rm(partFile);
      else await rename(partFile, place);
    },
  };
}

/** "<sha256>", and "<sha256>.x" of what may be run. */
export function formatObjectName({ sha256, mode }: Pick<ObjectIdentity, "sha256" | "mode">): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError(`Cannot name an object: found sha256 "${sha256}"`);
  return (mode & 0o111) === 0 ? sha256 : `${sha256}.x`;
}

function isObject(place: string, { sizeBytes, mode }: ObjectIdentity): boolean {
  try {
    const found = lstatSync(place);
    const owner = readOwner();
    const isOurs = owner === undefined || found.uid === owner.uid || found.uid === 0;
    return isOurs && found.isFile() && found.size === sizeBytes && (found.mode & 0o7777) === mode;
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT", "ENOTDIR"])) return false;
    throw error;
  }
}
