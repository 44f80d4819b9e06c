// `kill -9` of the runner while runs are known to be in flight costs no request an error and no answer its vector.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { cosine, createFolder, findRunner, startServer } from "./termite.ts";
import type { RunningServer } from "./termite.ts";

const KILLS = 50;
const CLIENTS = 8;
const TEXTS = Array.from({ length: 40 }, (_, index) => `text ${index} ${"about termites and their mounds ".repeat(index % 7)}`);

const folder = createFolder();
let server: RunningServer;
let expected: Map<string, number[]>;

beforeAll(async () => {
  // The same texts over and over: each has to run.
  server = await startServer({ home: folder.path, args: ["--cache-mb", "0"] });
  expected = new Map(await Promise.all(TEXTS.map(async (text) => [text, (await embed(text)).vector] as const)));
});

afterAll(async () => {
  server.kill("SIGKILL");
  await server.exited;
  folder.remove();
});

test(`${KILLS} kills under ${CLIENTS} clients: every answer is 200 and right`, async () => {
  const tally = { answers: 0, outstanding: 0, worst: 1, errors: [] as string[], over: false };
  const clients = Array.from({ length: CLIENTS }, (_, client) => askUntilOver(tally, client));
  const pids = new Set<number>();
  for (let kill = 0; kill < KILLS; kill++) pids.add(await killDuringRun(tally));
  tally.over = true;
  await Promise.all(clients);
  expect(tally.errors).toEqual([]);
  expect(pids.size).toBe(KILLS);
  expect(tally.answers).toBeGreaterThan(KILLS);
  expect(tally.worst).toBeGreaterThan(0.999999);
}, 120_000);

interface Tally {
  answers: number;
  outstanding: number;
  worst: number;
  errors: string[];
  over: boolean;
}

async function askUntilOver(tally: Tally, client: number): Promise<void> {
  for (let turn = client; !tally.over; turn++) {
    const text = TEXTS[turn % TEXTS.length]!;
    tally.outstanding++;
    const { status, vector } = await embed(text);
    tally.outstanding--;
    if (status === 200) tally.worst = Math.min(tally.worst, cosine(vector, expected.get(text)!));
    else tally.errors.push(`${status} ${JSON.stringify(vector)}`);
    tally.answers++;
  }
}

/** Stops the runner, waits until all clients wait for it, and only then kills it: the runs were in flight for certain. */
async function killDuringRun(tally: Tally): Promise<number> {
  const answersBefore = tally.answers;
  while (tally.answers < answersBefore + 3) await Bun.sleep(2);
  const pid = findRunner(server.pid)!;
  process.kill(pid, "SIGSTOP");
  await Bun.sleep(20);
  while (tally.outstanding < CLIENTS) await Bun.sleep(2);
  process.kill(pid, "SIGKILL");
  return pid;
}

async function embed(text: string): Promise<{ status: number; vector: number[] }> {
  const response = await fetch(`${server.url}/api/embed`, {
    method: "POST",
    body: JSON.stringify({ model: "all-minilm-l6-v2:int8", input: text }),
  });
  const body = (await response.json()) as { embeddings?: number[][]; error?: string };
  return { status: response.status, vector: body.embeddings?.[0] ?? ([body.error] as never) };
}
