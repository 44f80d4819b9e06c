// Proportional set size of the server process, without its runner, some time after a thousand requests.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPssMb, requestVector, startServer, waitForCheckedVector } from "./server.ts";

export async function measureMemory(executable: string, load: { requests: number; idleMs: number }): Promise<number> {
  const home = mkdtempSync(join(tmpdir(), "termite-bench-"));
  const server = startServer(executable, home);
  try {
    await waitForCheckedVector(server.url);
    await sendRequests(server.url, load.requests);
    await Bun.sleep(load.idleMs);
    return readPssMb(server.pid);
  } finally {
    await server.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/** Four at once; the texts differ, so that no cache answers. */
async function sendRequests(url: string, requests: number): Promise<void> {
  let sent = 0;
  const send = async (): Promise<void> => {
    while (sent < requests) {
      const vector = await requestVector(url, `A short text that nobody sent before, number ${sent++}.`);
      if (vector === undefined) throw new Error("A request was refused");
    }
  };
  await Promise.all([send(), send(), send(), send()]);
}
