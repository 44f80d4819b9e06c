// Whoever ends a command while it extracts into a fresh home, and however: no process of it is left, and nothing half.
import { afterAll, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { QUIET } from "./doctor-run.ts";
import { listProcessesOf } from "./processes.ts";
import { createEnvironment, createFolder, EXECUTABLE, runTermite } from "./termite.ts";

const ASSETS = 4;
/** A killed process is gone as soon as the kernel gets to it; one that is left stays for ever. */
const PATIENCE_MS = 5000;

const homes: ReturnType<typeof createFolder>[] = [];
afterAll(() => homes.forEach((home) => home.remove()));

function createHome(): string {
  const home = createFolder();
  homes.push(home);
  return home.path;
}

const listRuntime = (home: string): string[] => {
  const runtime = join(home, ".termite", "runtime");
  return existsSync(runtime) ? readdirSync(runtime) : [];
};
const listTemporary = (home: string) => listRuntime(home).filter((name) => name.startsWith(".tmp-"));

/** Started, with an extraction running; `signal` goes to this process alone. No process may be left then. */
async function interrupt(args: readonly string[], home: string, signal: NodeJS.Signals) {
  const env = createEnvironment(home, { ...QUIET, TERMITE_LOG_STYLE: "logfmt" });
  const child = Bun.spawn([EXECUTABLE, ...args], { cwd: home, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const isExtracting = () => listTemporary(home).length > 0 && listProcessesOf(home).length > 1;
  while (!isExtracting() && child.exitCode === null) await Bun.sleep(1);
  child.kill(signal);
  const exitCode = await child.exited;
  await waitUntilNobodyWorks(home);
  return { exitCode, stdout: await child.stdout.text() };
}

async function waitUntilNobodyWorks(home: string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (listProcessesOf(home).length > 0 && Date.now() < deadline) await Bun.sleep(10);
  const left = listProcessesOf(home);
  // Not for ever, whatever the test says.
  for (const pid of left) process.kill(pid, "SIGKILL");
  expect(left).toEqual([]);
}

const COMMANDS = {
  setup: ["setup"],
  doctor: ["doctor"],
  serve: ["serve", "--api-url", "http://127.0.0.1:0"],
  embed: ["embed", "hello"],
} as const;
const NAMES = ["setup", "doctor", "serve", "embed"] as const;

/** A home with something half. The smallest asset is whole after some milliseconds, sooner than a late kill. */
async function killHalfway(args: readonly string[]): Promise<string> {
  for (let tries = 0; tries < 20; tries++) {
    const home = createHome();
    expect(await interrupt(args, home, "SIGKILL")).toEqual({ exitCode: 137, stdout: "" });
    if (listTemporary(home).length > 0) return home;
  }
  throw new Error("Cannot test: every kill came too late");
}

test.each(NAMES)("%s leaves no process when it is killed while it extracts, and what lies half is removed by the next", async (name) => {
  const home = await killHalfway(COMMANDS[name]);
  const { exitCode, stderr } = await runTermite(["setup"], { home });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(listTemporary(home)).toEqual([]);
  expect(listRuntime(home)).toHaveLength(ASSETS);
}, 60_000);

test.each(["SIGTERM", "SIGINT"] as const)("every command ends at %s while it extracts, and leaves no process", async (signal) => {
  for (const name of NAMES) {
    const home = createHome();
    const { exitCode } = await interrupt(COMMANDS[name], home, signal);
    expect({ name, exitCode }).toEqual({ name, exitCode: name === "serve" ? 0 : 130 });
  }
}, 60_000);

test.each(["setup", "doctor"] as const)("%s removes what is half when it is told to stop", async (name) => {
  const home = createHome();
  expect(await interrupt(COMMANDS[name], home, "SIGTERM")).toEqual({ exitCode: 130, stdout: "" });
  expect(listTemporary(home)).toEqual([]);
}, 60_000);
