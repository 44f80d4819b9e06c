// Folders of the store: made with modes of their own whatever the umask, and made to last.
import { chmodSync, mkdirSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { hasErrorCode } from "../../errors.ts";

/** Of `plugins_dir`: nobody else. */
const PRIVATE_MODE = 0o700;
/** Of all below it, which is as closed as `plugins_dir`: whoever opens that one to others shares its plugins. */
const INNER_MODE = 0o755;

/** Makes `plugins_dir`, only its owner's, where it is not there. */
export async function createPluginsDir(pluginsDir: string): Promise<void> {
  const parent = dirname(pluginsDir);
  // Whoever could write there could put another folder in its place, whatever the umask.
  mkdirSync(parent, { recursive: true, mode: INNER_MODE });
  if (createFolder(pluginsDir, PRIVATE_MODE)) await syncFolder(parent);
}

/** Makes `folder` and those above it down from `root`, which is there; new ones last when it resolves. */
export async function createInnerFolder(root: string, folder: string): Promise<void> {
  if (folder === root) return;
  const parent = dirname(folder);
  await createInnerFolder(root, parent);
  if (createFolder(folder, INNER_MODE)) await syncFolder(parent);
}

/** As above, for trees that are made to last as a whole later. */
export function createTreeFolder(folder: string): void {
  createFolder(folder, INNER_MODE);
}

/** False: it was there. */
function createFolder(folder: string, mode: number): boolean {
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (hasErrorCode(error, ["EEXIST"])) return false;
    throw error;
  }
  chmodSync(folder, mode);
  return true;
}

/** Names that were made, moved or removed in `folder` are so after a power cut too. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The bytes of a file that was written are there after a power cut too. */
export const syncFile = syncFolder;
