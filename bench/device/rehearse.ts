// Plays every call here as the device machine would: a copy of the working tree, what the call carries and nothing else of dist/, an
// empty home, an empty $OUT, no network but loopback where this machine allows that. What that machine would refuse fails here.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkCall } from "./plan.ts";
import type { DeviceCall } from "./plan.ts";
import { listTree } from "./working-tree.ts";

export interface RehearseOptions {
  root: string;
  treeBytes: number;
  /** On a file system with room for all of it. */
  folder: string;
  show: (line: string) => void;
}

/** What comes back from $OUT. */
const OUT_FILES = 8;
const OUT_FILE_BYTES = 16 * 2 ** 20;
const OUT_NAME = /^[\w.-]+$/;

/** Gives the results of the calls that measure, by title. Throws where a call is over a limit or what it carries does not arrive. */
export async function rehearse(calls: readonly DeviceCall[], options: RehearseOptions): Promise<Map<string, unknown>> {
  const place = mkdtempSync(join(options.folder, "device-rehearsal-"));
  const results = new Map<string, unknown>();
  const isolation = await findIsolation();
  options.show(isolation.length > 0 ? "played without a network" : "played with this machine's network: it gives nobody one of their own");
  try {
    for (const call of calls) {
      const code = await play(call, { ...options, place, isolation });
      const result = readResult(join(place, "out"));
      if (code !== 0 && result === undefined) throw new Error(`"${call.title}" ended with ${code}`);
      if (result !== undefined) results.set(call.title, result);
    }
    return results;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

interface PlayOptions extends RehearseOptions {
  place: string;
  isolation: readonly string[];
}

async function play(call: DeviceCall, options: PlayOptions): Promise<number> {
  const { place, isolation, treeBytes, show } = options;
  const problems = checkCall(call, treeBytes);
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const [tree, home, out] = [join(place, "tree"), join(place, "home"), join(place, "out")];
  rmSync(out, { recursive: true, force: true });
  for (const folder of [home, out]) mkdirSync(folder, { recursive: true });
  await bringTree(call, options.root, tree);
  const begun = performance.now();
  const child = Bun.spawn([...isolation, "bash", "-c", call.command], {
    cwd: tree, env: { HOME: home, PATH: process.env["PATH"] ?? "", OUT: out }, stdin: "ignore", stdout: "pipe", stderr: "pipe",
    timeout: call.timeoutSeconds * 1000, killSignal: "SIGKILL",
  });
  const [stdout, stderr, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  show(`--- ${call.title} (${((performance.now() - begun) / 1000).toFixed(1)} s, ended with ${code})\n${(stdout + stderr).trim()}`);
  checkOut(out);
  return code;
}

/** Tracked and about to be, and the carried paths; ignored files that are there already stay. */
async function bringTree({ carry }: DeviceCall, root: string, tree: string): Promise<void> {
  for (const path of await listTree(root)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    cpSync(join(root, path), join(tree, path));
  }
  for (const path of carry) {
    rmSync(join(tree, path), { recursive: true, force: true });
    cpSync(join(root, path), join(tree, path), { recursive: true });
  }
}

/** A network of its own with nothing but loopback. */
async function findIsolation(): Promise<string[]> {
  if (Bun.which("unshare") === null || Bun.which("ip") === null) return [];
  const isolation = ["unshare", "--net", "bash", "-c", 'ip link set lo up && exec "$@"', "bash"];
  const child = Bun.spawn([...isolation, "true"], { stdout: "ignore", stderr: "ignore" });
  return (await child.exited) === 0 ? isolation : [];
}

function checkOut(out: string): void {
  const names = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) => statSync(join(out, name)).isFile());
  const large = names.filter((name) => statSync(join(out, name)).size > OUT_FILE_BYTES || !OUT_NAME.test(name));
  if (names.length > OUT_FILES || large.length > 0) throw new Error(`Not all would come back: ${names.length} files, of which too large or oddly named: ${large.join(", ")}`);
}

function readResult(out: string): unknown {
  const path = join(out, "result.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : undefined;
}
