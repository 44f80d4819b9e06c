// Knows whether dist/termite was made from exactly what lies here now.
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { writeAtomically } from "./content-cache.ts";

const INPUTS = [
  "src/**/*",
  "scripts/executable/**/*",
  "{build.ts,package.json,bun.lock,tsconfig.json,assets.lock.json,THIRD-PARTY-LICENCES.txt}",
];

/**
 * 16 hexadecimal digits of a hash over the content of every input, the compiler included. No commit and no date: the same
 * sources give the same file, byte for byte, whoever builds them and from whatever checkout.
 */
export async function readBuildId(root: string): Promise<string> {
  const found = await Promise.all(INPUTS.map((glob) => Array.fromAsync(new Bun.Glob(glob).scan({ cwd: root }))));
  const hash = createHash("sha256").update(`bun ${Bun.version} ${Bun.revision}\n`);
  for (const path of found.flat().sort()) hash.update(`${path}\n`).update(await readFile(join(root, path)));
  return hash.digest("hex").slice(0, 16);
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
