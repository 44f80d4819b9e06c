// Installs exactly what bun.lock names, unless that has been done. No lifecycle script of a package runs
// (`trustedDependencies: []` in package.json).
import { createHash } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runStep } from "./run-step.mjs";

/**
 * True when node_modules is right afterwards.
 * @param {{ root: string, bun: string, env: NodeJS.ProcessEnv }} tools
 */
export async function installPackages(tools) {
  const stamp = join(tools.root, "node_modules", ".termite-install");
  const wanted = await readWanted(tools.root);
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted) return true;
  await rm(stamp, { force: true });
  if ((await runStep("install", [tools.bun, "install", "--frozen-lockfile"], tools)) !== 0) return false;
  await writeFile(stamp, wanted);
  return true;
}

/** @param {string} root */
async function readWanted(root) {
  const hash = createHash("sha256");
  for (const name of ["package.json", "bun.lock"]) hash.update(await readFile(join(root, name)));
  return hash.digest("hex");
}
