// A runner above its share of `max_memory_mb` is replaced under load: the process is another one, and no request has failed.
import { afterAll, expect, test } from "bun:test";
import { createFolder, findRunner, startServer } from "./termite.ts";
import type { RunningServer } from "./termite.ts";

const MB = 1024 * 1024;
const CLIENTS = 4;
const TEXTS = 8;
const MODEL = "all-minilm-l6-v2:int8";
/** Above what the processes take after one short text; long texts in batches take more. */
const SPARE_MB = 24;

const folder = createFolder();
const running: RunningServer[] = [];
afterAll(async () => {
  for (const server of running) server.kill("SIGKILL");
  await Promise.all(running.map(({ exited }) => exited));
  folder.remove();
});

const start = async (args: readonly string[]) => {
  const server = await startServer({ home: folder.path, args });
  running.push(server);
  return server;
};

/** What the server itself counts against the limit. */
async function readMemoryMb(server: RunningServer): Promise<number> {
  await fetch(`${server.url}/api/ps`);
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const sizes = text.matchAll(/^termite_process_memory_bytes\{.*\} (\d+)$/gm);
  return sizes.reduce((sum, [, bytes]) => sum + Number(bytes), 0) / MB;
}

test("every request is answered while the runner is replaced", async () => {
  const free = await start([]);
  const limitMb = Math.ceil(await readMemoryMb(free)) + SPARE_MB;
  expect(await free.stop()).toBe(0);
  const server = await start(["--max-memory-mb", String(limitMb), "--cache-mb", "0"]);
  const before = findRunner(server.pid);
  const statuses: number[] = [];
  let isOver = false;
  const askUntilOver = async (client: number): Promise<void> => {
    for (let turn = 0; !isOver; turn++) {
      const input = Array.from({ length: TEXTS }, (_, index) => `${client} ${turn} ${index} ${"termites and their mounds ".repeat(60)}`);
      const response = await fetch(`${server.url}/api/embed`, { method: "POST", body: JSON.stringify({ model: MODEL, input }) });
      await response.arrayBuffer();
      statuses.push(response.status);
    }
  };
  const clients = Array.from({ length: CLIENTS }, (_, client) => askUntilOver(client));
  const isReplaced = () => ![undefined, before].includes(findRunner(server.pid));
  for (const deadline = Date.now() + 60_000; Date.now() < deadline && !isReplaced(); ) await Bun.sleep(50);
  const answeredBefore = statuses.length;
  for (const deadline = Date.now() + 60_000; Date.now() < deadline && statuses.length < answeredBefore + CLIENTS; ) await Bun.sleep(50);
  isOver = true;
  await Promise.all(clients);
  expect(isReplaced()).toBe(true);
  expect(statuses.length).toBeGreaterThan(answeredBefore);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(server.stderr()).toContain('msg="more memory is in use than max_memory_mb allows"');
  expect(server.stderr()).not.toContain("runner crashed");
}, 180_000);
