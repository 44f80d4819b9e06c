// The compiled server on a home of its own, as a scenario needs it: started, ready, stopped, with its log at hand.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findFreePort } from "../../../test/acceptance/termite.ts";

export interface EnduranceServer {
  url: string;
  pid: number;
  /** The file's own words: version and build. */
  version: string;
  readLog(): string;
  /** SIGTERM; throws when the server does not end with 0. Removes the home. */
  stop(): Promise<void>;
}

export interface ServerOptions {
  executable: string;
  flags?: readonly string[];
}

const READY_MS = 60_000;

export async function startServer({ executable, flags = [] }: ServerOptions): Promise<EnduranceServer> {
  const home = mkdtempSync(join(tmpdir(), "termite-endurance-"));
  const url = `http://127.0.0.1:${findFreePort()}`;
  const log = join(home, "server.log");
  const env = { HOME: home, PATH: process.env["PATH"] ?? "" };
  const command = [executable, "serve", "--api-url", url, "--log-style", "logfmt", ...flags];
  const child = Bun.spawn(command, { env, stdin: "ignore", stdout: "ignore", stderr: Bun.file(log) });
  const readLog = (): string => readFileSync(log, "utf8");
  if (!(await waitUntilReady(url, child))) {
    child.kill("SIGKILL");
    throw new Error(`The server did not become ready: ${readLog().trim().split("\n").slice(-3).join(" | ")}`);
  }
  return {
    url, pid: child.pid, readLog,
    version: readVersion(executable, env),
    async stop() {
      child.kill("SIGTERM");
      const code = await child.exited;
      rmSync(home, { recursive: true, force: true });
      if (code !== 0) throw new Error(`The server ended with ${code}`);
    },
  };
}

function readVersion(executable: string, env: Record<string, string>): string {
  return Bun.spawnSync([executable, "--version"], { env }).stdout.toString().split("\n")[0]?.trim() ?? "";
}

async function waitUntilReady(url: string, child: Bun.Subprocess): Promise<boolean> {
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline && child.exitCode === null; await Bun.sleep(50)) {
    // A refused connection is what waiting looks like, not an error.
    if (await fetch(`${url}/readyz`).then(({ status }) => status === 200, () => false)) return true;
  }
  return false;
}
