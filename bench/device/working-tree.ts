// What of the repository travels with every call: what git knows or would add.
import { statSync } from "node:fs";
import { join } from "node:path";

/** Relative to `root`; only what is there. */
export async function listTree(root: string): Promise<string[]> {
  const git = Bun.spawn(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root, stdout: "pipe" });
  const names = (await new Response(git.stdout).text()).split("\0").filter((name) => name !== "");
  if ((await git.exited) !== 0) throw new Error(`Cannot list the files of "${root}": git ended with ${git.exitCode}`);
  return names.filter((name) => statSync(join(root, name), { throwIfNoEntry: false })?.isFile() === true);
}

export async function measureTree(root: string): Promise<number> {
  const names = await listTree(root);
  return names.reduce((sum, name) => sum + statSync(join(root, name)).size, 0);
}
