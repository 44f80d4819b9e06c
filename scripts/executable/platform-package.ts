// Fetches an npm package that is for another platform, through Bun's own installer and so from this machine's registry.
import { copyFile, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { resolveContentPath, type ContentFolders, type LockedEntry, type LockedPlatformPackage } from "./asset-lock.ts";
import { writeContent } from "./content-cache.ts";
import { createStep } from "./progress.ts";

/** What says which registry, and with which credentials, this repository installs from. */
const SETTINGS = [".npmrc", "bunfig.toml"];

/** Bun.build would fetch its runtimes by itself, but from one fixed registry and without a hash that we know. */
export async function fetchPlatformPackage(
  locked: LockedPlatformPackage,
  entries: readonly LockedEntry[],
  folders: ContentFolders,
): Promise<void> {
  const { name, version } = locked;
  const step = createStep(`fetching ${name} ${version}`);
  const folder = join(folders.cache, `install-${process.pid}.tmp`);
  try {
    await Bun.write(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: { [name]: version } }));
    for (const file of SETTINGS) {
      if (existsSync(join(folders.root, file))) await copyFile(join(folders.root, file), join(folder, file));
    }
    await install(folder, locked);
    for (const entry of entries) {
      const content = Bun.file(join(folder, "node_modules", name, entry.entry)).stream();
      await writeContent(resolveContentPath(locked, entry, folders), content, entry);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  step.end();
}

async function install(folder: string, { name, version, os, cpu }: LockedPlatformPackage): Promise<void> {
  const command = [process.execPath, "install", "--ignore-scripts", `--os=${os}`, `--cpu=${cpu}`];
  const child = Bun.spawn(command, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  const [said, exitCode] = await Promise.all([new Response(child.stderr).text(), child.exited]);
  if (exitCode !== 0) throw new Error(`Cannot fetch "${name}" ${version}: ${said.trim()}`);
}
