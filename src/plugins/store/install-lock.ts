// One change of the plugins at a time, in whatever process: a lock of the kernel on a file beside the trees, dropped when
// its holder ends, however it ends. Whoever gets it finds no tree half made or half thrown away.
import { closeSync, fstatSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openFileSystem } from "../../ffi/file-system.ts";
import type { FileSystem } from "../../ffi/file-system.ts";
import { TermiteError } from "../../errors.ts";
import { createInnerFolder, createPluginsDir } from "./folders.ts";
import { resolveStorePaths } from "./paths.ts";
import { sweepStaging } from "./staging.ts";
import { withStoreErrors } from "./store-error.ts";

const LOCK_FILE = "install";
const POLL_MS = 50;

export interface InstallLockOptions {
  signal?: AbortSignal | undefined;
  /** Told once, when somebody else has it. */
  onWait?: ((holder: { pid?: number }) => void) | undefined;
}

/**
 * Runs `body` while no other process installs, removes or cleans up. Makes `plugins_dir` where it is not there. Whoever
 * waited has to look again at what is there.
 */
export async function withInstallLock<T>(
  pluginsDir: string,
  { signal, onWait }: InstallLockOptions,
  body: () => Promise<T>,
): Promise<T> {
  const path = await withStoreErrors(pluginsDir, () => createLockFolder(pluginsDir));
  const lock = await waitForLock({ path, pluginsDir, signal, onWait });
  return runLocked(lock, pluginsDir, body);
}

/** The same where nobody else has the lock; `undefined` without waiting where somebody has. */
export async function tryInstallLock<T>(pluginsDir: string, body: () => Promise<T>): Promise<T | undefined> {
  const path = await withStoreErrors(pluginsDir, () => createLockFolder(pluginsDir));
  const lock = await withStoreErrors(pluginsDir, async () => findLock(path, openFileSystem()));
  return lock === undefined ? undefined : runLocked(lock, pluginsDir, body);
}

interface HeldLock {
  fd: number;
  files: FileSystem;
}

async function runLocked<T>({ fd, files }: HeldLock, pluginsDir: string, body: () => Promise<T>): Promise<T> {
  try {
    await withStoreErrors(pluginsDir, () => sweepStaging(pluginsDir));
    return await body();
  } finally {
    files.unlock(fd);
    closeSync(fd);
  }
}

async function createLockFolder(pluginsDir: string): Promise<string> {
  if (process.platform !== "linux") {
    throw new TermiteError("plugin_refused", "Cannot change plugins here: they are installed on Linux only");
  }
  const { locks } = resolveStorePaths(pluginsDir);
  await createPluginsDir(pluginsDir);
  await createInnerFolder(pluginsDir, locks);
  return join(locks, LOCK_FILE);
}

interface WaitOptions extends InstallLockOptions {
  path: string;
  pluginsDir: string;
}

async function waitForLock({ path, pluginsDir, signal, onWait }: WaitOptions): Promise<HeldLock> {
  const files = openFileSystem();
  for (let isFirst = true; ; isFirst = false) {
    signal?.throwIfAborted();
    const lock = await withStoreErrors(pluginsDir, async () => findLock(path, files));
    if (lock !== undefined) return lock;
    if (isFirst) onWait?.(readHolder(path));
    await sleep(POLL_MS);
  }
}

/** The locked file, with this process's number in it for those that wait. */
function findLock(path: string, files: FileSystem): HeldLock | undefined {
  const fd = openSync(path, "a+", 0o600);
  let isKept = false;
  try {
    // A file that was removed since it was opened is not the one that others lock.
    isKept = files.lock(fd, "exclusive") && statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(fd).ino;
    if (!isKept) return undefined;
    ftruncateSync(fd);
    writeSync(fd, `${process.pid}\n`);
    return { fd, files };
  } finally {
    if (!isKept) closeSync(fd);
  }
}

function readHolder(path: string): { pid?: number } {
  const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
  return Number.isNaN(pid) ? {} : { pid };
}
