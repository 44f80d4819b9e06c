// Folders that are being written or thrown away, inside the runtime folder so that a rename moves them. The name says
// which process owns one: `.tmp-<boot and pid namespace>-<pid>-<start of the process>-<random>`. What a dead process
// left is removed.
import { mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { hasErrorCode } from "../errors.ts";
import { isMissing } from "./file-errors.ts";
import { TEMPORARY_PREFIX } from "./layout.ts";

/** After this long a folder is stale whoever owns it: an extraction takes seconds. */
const STALE_MS = 3_600_000;

export async function createTemporary(runtimeFolder: string): Promise<string> {
  const start = (await findProcessStart(process.pid)) ?? "0";
  return mkdtemp(join(runtimeFolder, `${TEMPORARY_PREFIX}${await readNamespace()}-${process.pid}-${start}-`));
}

/** Removes what dead processes left; those of another boot, machine or container once they are an hour old. */
export async function removeStale(runtimeFolder: string): Promise<void> {
  const namespace = await readNamespace();
  for (const name of await readdir(runtimeFolder)) {
    if (!name.startsWith(TEMPORARY_PREFIX)) continue;
    const path = join(runtimeFolder, name);
    if (await isStale(path, name, namespace)) await rm(path, { recursive: true, force: true });
  }
}

async function isStale(path: string, name: string, namespace: string): Promise<boolean> {
  const [owner, pid, start] = name.slice(TEMPORARY_PREFIX.length).split("-");
  if (owner === namespace && pid !== undefined && start !== undefined) return !(await isAlive(Number(pid), start));
  try {
    return Date.now() - (await stat(path)).mtimeMs > STALE_MS;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function isAlive(pid: number, start: string): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasErrorCode(error, ["ESRCH"])) return false;
    if (!hasErrorCode(error, ["EPERM"])) throw error;
  }
  // The number may belong to another process by now. With hidepid the start cannot be read: it counts as alive.
  return ((await findProcessStart(pid)) ?? start) === start;
}

/** Fields 3 and 22 of /proc/<pid>/stat (proc(5)); the second may hold spaces: `7 (a b) S 1 7 … 81234 …`. */
async function findProcessStart(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    // A zombie does nothing any more, though its parent may leave it there for long.
    return fields[0] === "Z" ? "ended" : fields[19];
  } catch (error) {
    if (hasErrorCode(error, ["ENOENT", "ESRCH", "EACCES", "EPERM"])) return undefined;
    throw error;
  }
}

/** Process ids mean something only within one boot and one pid namespace. */
async function readNamespace(): Promise<string> {
  if (process.platform !== "linux") return "any";
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
  const pids = await readlink("/proc/self/ns/pid");
  return new Bun.CryptoHasher("sha256").update(boot).update(pids).digest("hex").slice(0, 12);
}
