// Drives the compiled executable as a user would: its own home, its own port, stopped by process id.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const EXECUTABLE = resolve(import.meta.dir, "../../dist/termite");

export interface RunResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  home: string;
  env?: Record<string, string>;
  stdin?: string;
  cwd?: string;
  uid?: number;
}

/** A fresh folder, and the way to remove it. */
export function createFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "termite-e2e-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Nothing of the developer's environment but what a process needs. */
export function createEnvironment(home: string, extra: Record<string, string> = {}): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "/usr/bin:/bin", HOME: home, ...extra };
}

export async function runTermite(args: readonly string[], options: RunOptions): Promise<RunResult> {
  checkBuilt();
  const child = Bun.spawn([EXECUTABLE, ...args], {
    cwd: options.cwd ?? options.home,
    env: createEnvironment(options.home, options.env),
    stdin: options.stdin === undefined ? "ignore" : new TextEncoder().encode(options.stdin),
    stdout: "pipe",
    stderr: "pipe",
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr };
}

export interface TerminalOptions extends RunOptions {
  /** What a person types, once something stands there. */
  input?: string;
}

/** What a terminal of 80 columns receives, stdout and stderr together. */
export async function runOnTerminal(args: readonly string[], { input, ...options }: TerminalOptions): Promise<string> {
  checkBuilt();
  let text = "";
  const decoder = new TextDecoder();
  const child = Bun.spawn([EXECUTABLE, ...args], {
    cwd: options.cwd ?? options.home,
    env: createEnvironment(options.home, { TERM: "xterm", ...options.env }),
    terminal: { cols: 80, rows: 24, data: (_, bytes) => void (text += decoder.decode(bytes, { stream: true })) },
  });
  while (input !== undefined && !text.includes("? ") && child.exitCode === null) await Bun.sleep(10);
  if (input !== undefined) child.terminal?.write(input);
  await child.exited;
  // What was written last is still on its way.
  await Bun.sleep(200);
  child.terminal?.close();
  return text;
}

export interface RunningServer {
  url: string;
  pid: number;
  home: string;
  stderr: () => string;
  /** SIGTERM, then the exit code. */
  stop: () => Promise<number>;
  kill: (signal: NodeJS.Signals) => void;
  exited: Promise<number>;
}

export interface ServerOptions {
  home: string;
  args?: readonly string[];
  env?: Record<string, string>;
  cwd?: string;
  /** Wait until `/readyz` is 200 (default). */
  ready?: boolean;
  uid?: number;
}

/** `termite serve` on a free port. Rejects with what it wrote when it ends before it is ready. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  checkBuilt();
  const child = Bun.spawn([EXECUTABLE, "serve", "--api-url", "http://127.0.0.1:0", ...(options.args ?? [])], {
    cwd: options.cwd ?? options.home,
    env: createEnvironment(options.home, { TERMITE_LOG_STYLE: "logfmt", ...options.env }),
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
    ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
  });
  let text = "";
  const collected = collect(child.stderr, (chunk) => (text += chunk));
  const url = await waitFor("a listening line", child, () => /url=(http:\/\/\S+)/.exec(text)?.[1], () => text);
  if (options.ready !== false) await waitUntilReady(url, child, () => text);
  const stop = async () => {
    child.kill("SIGTERM");
    const code = await child.exited;
    await collected;
    return code;
  };
  return { url, pid: child.pid, home: options.home, stderr: () => text, stop, kill: (signal) => child.kill(signal), exited: child.exited };
}

type Child = { exitCode: number | null; exited: Promise<number> };

async function waitUntilReady(url: string, child: Child, log: () => string): Promise<void> {
  await waitFor("readiness", child, async () => (await fetch(`${url}/readyz`)).status === 200 || undefined, log);
}

/** Polls until `find` gives something; a server that ended or 30 s without it is an error with the server's own words. */
async function waitFor<T>(what: string, child: Child, find: () => T | undefined | Promise<T | undefined>, log: () => string): Promise<T> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`termite ended with ${child.exitCode} before ${what}:\n${log()}`);
    const found = await find();
    if (found !== undefined) return found;
    await Bun.sleep(10);
  }
  throw new Error(`no ${what} within 30 s:\n${log()}`);
}

async function collect(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}

function checkBuilt(): void {
  if (!existsSync(EXECUTABLE)) throw new Error("dist/termite is not there: bun run build");
}

/** Children of a process by pid, read from /proc. */
export function listChildren(pid: number): number[] {
  const { stdout } = Bun.spawnSync(["sh", "-c", `cat /proc/${pid}/task/*/children`]);
  return stdout.toString().trim().split(/\s+/).filter(Boolean).map(Number);
}

/** The runner of a server: its child whose command line says so. */
export function findRunner(pid: number): number | undefined {
  return listChildren(pid).find((child) => readCommandLine(child).includes("__runner"));
}

function readCommandLine(pid: number): string {
  return Bun.spawnSync(["cat", `/proc/${pid}/cmdline`]).stdout.toString();
}

export function cosine(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let dot = 0, leftSquare = 0, rightSquare = 0;
  for (let index = 0; index < left.length; index++) {
    dot += left[index]! * right[index]!;
    leftSquare += left[index]! ** 2;
    rightSquare += right[index]! ** 2;
  }
  return dot / Math.sqrt(leftSquare * rightSquare);
}
