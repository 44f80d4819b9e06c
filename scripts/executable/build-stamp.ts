// Knows whether dist/termite was made from exactly what lies here now, and which commit that is.
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "./content-cache.ts";

const INPUTS = [
  "src/**/*",
  "scripts/executable/**/*",
  "{build.ts,package.json,bun.lock,tsconfig.json,assets.lock.json,THIRD-PARTY-LICENCES.txt}",
];

/** `<commit>[+dirty].<hash>`, the hash over the content of every input, the compiler included. */
export async function readBuildId(root: string): Promise<string> {
  const found = await Promise.all(INPUTS.map((glob) => Array.fromAsync(new Bun.Glob(glob).scan({ cwd: root }))));
  const hash = createHash("sha256").update(`bun ${Bun.version} ${Bun.revision}\n`);
  for (const path of found.flat().sort()) hash.update(`${path}\n`).update(await readFile(join(root, path)));
  return `${await readCommit(root)}.${hash.digest("hex").slice(0, 12)}`;
}

async function readCommit(root: string): Promise<string> {
  const commit = await runGit(root, ["rev-parse", "--short=12", "--verify", "--quiet", "HEAD"]);
  if (commit === undefined) return "unknown";
  const changes = await runGit(root, ["status", "--porcelain"]);
  return changes === "" ? commit : `${commit}+dirty`;
}

/** `undefined` without git, outside a repository, or before its first commit: all of them may build. */
async function runGit(root: string, args: readonly string[]): Promise<string | undefined> {
  if (Bun.which("git") === null) return undefined;
  // The folder may belong to another user, which git refuses otherwise.
  const git = Bun.spawn(["git", "-c", `safe.directory=${root}`, ...args], { cwd: root, stderr: "ignore" });
  const output = await git.stdout.text();
  return (await git.exited) === 0 ? output.trim() : undefined;
}

interface Stamp {
  id: string;
  sizeBytes: number;
  mtimeMs: number;
}

/** True when `outfile` is the file that `writeStamp` saw for this id. */
export async function isUpToDate(stampPath: string, outfile: string, id: string): Promise<boolean> {
  const [stamp, outputFile] = [Bun.file(stampPath), Bun.file(outfile)];
  if (!(await stamp.exists()) || !(await outputFile.exists())) return false;
  return JSON.stringify(await createStamp(outfile, id)) === (await stamp.text());
}

export async function writeStamp(stampPath: string, outfile: string, id: string): Promise<void> {
  const text = JSON.stringify(await createStamp(outfile, id));
  await writeAtomically(stampPath, async (temporary) => {
    await Bun.write(temporary, text);
  });
}

async function createStamp(outfile: string, id: string): Promise<Stamp> {
  const { size, mtimeMs } = await stat(outfile);
  return { id, sizeBytes: size, mtimeMs };
}
