// The version of the PJRT C API that a plugin library speaks, asked of the library itself in a child process: it installs
// signal handlers and starts threads. Needs no device, and a processor that the library is for.
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createChildEnvironment, readEnvironment } from "../../src/config/env.ts";
import { createFileSource } from "../../src/plugins/wheel/byte-source.ts";
import { readEntry } from "../../src/plugins/wheel/read-entry.ts";
import { readWheelDirectory } from "../../src/plugins/wheel/wheel-directory.ts";

const DEADLINE_MS = 60_000;

/** "0.116", of the library at `library` in the wheel at `path`. */
export async function readPjrtVersion(path: string, library: string, folder: string): Promise<string> {
  const source = await createFileSource(path, path);
  const entry = (await readWheelDirectory(source)).find((candidate) => candidate.path === library);
  if (entry === undefined) throw new Error(`Cannot ask "${library}" for its version: it is not in "${path}"`);
  const unpacked = join(folder, `${process.pid}.so`);
  await mkdir(folder, { recursive: true });
  try {
    await pipeline(readEntry(source, entry), createWriteStream(unpacked));
    return await askPjrtVersion(unpacked, library);
  } finally {
    await rm(unpacked, { force: true });
  }
}

/** `name` is the library's, for messages. */
export async function askPjrtVersion(path: string, name: string): Promise<string> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "pjrt-version-child.ts"), path], {
    stdio: ["ignore", "pipe", "pipe"],
    env: createChildEnvironment(readEnvironment(), { TF_CPP_MIN_LOG_LEVEL: "3", TPU_SKIP_MDS_QUERY: "1" }),
    timeout: DEADLINE_MS,
  });
  const [out, said, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const version = /^pjrt (\d+\.\d+)$/m.exec(out)?.[1];
  if (exitCode === 0 && version !== undefined) return version;
  throw new Error(`Cannot ask "${name}" for its version: exit code ${exitCode}, ${said.trim() || out.trim()}`);
}
