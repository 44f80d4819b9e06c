// Wall times in milliseconds from exec to the end of `--version`, and from exec to the first checked vector over HTTP.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer, waitForCheckedVector } from "./server.ts";

export async function measureVersion(executable: string): Promise<number> {
  const start = performance.now();
  const code = await Bun.spawn([executable, "--version"], { stdout: "ignore", stderr: "ignore" }).exited;
  const elapsedMs = performance.now() - start;
  if (code !== 0) throw new Error(`--version ended with ${code}`);
  return elapsedMs;
}

/** With nothing on disk: the assets are extracted on the way. */
export async function measureFirstAnswer(executable: string): Promise<number> {
  return withHome((home) => measureStart(executable, home));
}

/** With the assets on disk from a start before. */
export async function measureLaterStart(executable: string, rounds: number): Promise<number[]> {
  return withHome(async (home) => {
    await measureStart(executable, home);
    const samples: number[] = [];
    for (let i = 0; i < rounds; i++) samples.push(await measureStart(executable, home));
    return samples;
  });
}

async function measureStart(executable: string, home: string): Promise<number> {
  const start = performance.now();
  const server = startServer(executable, home);
  try {
    await waitForCheckedVector(server.url);
    return performance.now() - start;
  } finally {
    await server.stop();
  }
}

async function withHome<T>(body: (home: string) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), "termite-bench-"));
  try {
    return await body(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
