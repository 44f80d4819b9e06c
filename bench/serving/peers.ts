// Other servers under the same load: throughput and p99, in turns with ours. Each is started for its own series alone.
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatError } from "../../src/errors.ts";
import { findFreePort } from "../../test/acceptance/termite.ts";
import { CELLS, PEERS } from "./cells.ts";
import type { HttpRoute } from "./client/http-line.ts";
import { CHECKED, createRow } from "./measure.ts";
import type { Bench, Row } from "./measure.ts";
import { createRatio, measurePairs, medianOf, p99Ms, tokensPerSecond } from "./pairs.ts";
import { checkSame } from "./same-vectors.ts";
import { waitForServer } from "./server.ts";

interface Peer {
  name: string;
  /** Route and readiness of its server. */
  path: string;
  readyPath: string;
  command: (folder: string, port: number) => string[];
}

export interface PeerOptions {
  python: string;
  /** The same model, with the files that Python's engines want. Each server is given a copy: some write into it. */
  folder: string;
}

/** Python's engines cut texts elsewhere and round in other places. */
const LEAST_COSINE = 0.999;

const createInfinity = (python: string, engine: string): Peer => ({
  name: `infinity ${engine}`,
  path: "/embeddings",
  readyPath: "/health",
  // Without the pooling it takes CLS for every model on the optimum engine, which finds a graph by a relative path only.
  command: (_, port) => [
    python.replace(/python[\d.]*$/, "infinity_emb"), "v2", "--model-id", ".", "--served-model-name", "model", "--engine", engine,
    "--device", "cpu", "--pooling-method", "mean", "--host", "127.0.0.1", "--port", String(port), "--no-bettertransformer",
    "--no-compile", "--log-level", "error",
  ],
});

const createPeers = (python: string): Peer[] => [
  createInfinity(python, "optimum"),
  createInfinity(python, "torch"),
  {
    name: "sentence-transformers", path: "/v1/embeddings", readyPath: "/ready",
    command: (folder, port) => [python, join(import.meta.dir, "peers", "sentence-transformers-server.py"), folder, String(port)],
  },
];

/** One that cannot be measured is said to be so, and is not in the rows. */
export async function measurePeers(bench: Bench, { python, folder }: PeerOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const peer of createPeers(python)) {
    try {
      rows.push(...(await measurePeer(bench, peer, folder)));
    } catch (error) {
      console.error(`${peer.name} is not measured: ${formatError(error)}`);
    }
  }
  return rows;
}

async function measurePeer(bench: Bench, peer: Peer, folder: string): Promise<Row[]> {
  const copy = mkdtempSync(join(tmpdir(), "termite-bench-peer-"));
  cpSync(folder, copy, { recursive: true, dereference: true });
  const port = findFreePort();
  const environment = { ...process.env, HF_HOME: join(copy, ".cache"), HF_HUB_OFFLINE: "1", TRANSFORMERS_OFFLINE: "1", DO_NOT_TRACK: "1", INFINITY_ANONYMOUS_USAGE_STATS: "0" };
  const child = Bun.spawn(peer.command(copy, port), { cwd: copy, env: environment, stdout: "ignore", stderr: "pipe" });
  const words = new Response(child.stderr).text();
  try {
    await waitForServer(`http://127.0.0.1:${port}${peer.readyPath}`, () => child.exitCode !== null);
    return await compare(bench, peer, { pid: child.pid, port });
  } catch (error) {
    child.kill("SIGTERM");
    throw new Error(`${formatError(error)}; its last words: ${(await words).trim().split("\n").slice(-2).join(" | ").slice(0, 500)}`, { cause: error });
  } finally {
    child.kill("SIGTERM");
    await child.exited;
    rmSync(copy, { recursive: true, force: true });
  }
}

async function compare({ client, server, route, pairs, seconds }: Bench, { name, path }: Peer, { pid, port }: { pid: number; port: number }): Promise<Row[]> {
  const cell = CELLS.find((it) => it.name === PEERS.cell);
  if (cell === undefined) throw new RangeError(`Cannot measure peers: found no cell "${PEERS.cell}"`);
  const theirs: HttpRoute = { url: `http://127.0.0.1:${port}${path}`, model: "model", format: "base64" };
  checkSame(name, await client.embed(CHECKED, theirs), await client.embed(CHECKED, route), LEAST_COSINE);
  const load = { clients: cell.clients, texts: cell.texts, kind: cell.kind, seconds, warmUpSeconds: 1 };
  const figures = await measurePairs(pairs, () => client.load({ ...load, pid: server.pid }, route), () => client.load({ ...load, pid }, theirs));
  const [speed, wait] = [createRatio(figures, tokensPerSecond), createRatio(figures, p99Ms)];
  const show = (pick: typeof p99Ms): string => `${medianOf(figures.ours, pick).toFixed(0)} | ${name} ${medianOf(figures.theirs, pick).toFixed(0)}`;
  return [
    createRow(`tokens/s, of ${name}`, speed, {
      unit: "x", bound: `at least ${PEERS.leastThroughput}`, isGood: speed.median >= PEERS.leastThroughput, note: show(tokensPerSecond),
    }),
    createRow(`p99, of ${name}`, wait, { unit: "x", bound: "at most 0.333", isGood: wait.median <= PEERS.mostP99, note: `${show(p99Ms)} ms` }),
  ];
}
