// `bun load-client.ts PLAN`: sends a load and prints what became of it. A process of its own: what it times is not disturbed by
// whoever watches the server, and its own lateness is part of its report.
import { createText } from "../texts.ts";
import { formatRequest, openConnection, type Connection } from "./connection.ts";
import type { LoadPlan, LoadReport, Probe } from "./load-plan.ts";
import { computeQuantiles, round } from "./quantiles.ts";

const TICK_MS = 1;

interface Totals {
  answeredMs: number[];
  answeredSincePlannedMs: number[];
  refusedMs: number[];
  refusedSincePlannedMs: number[];
  lateMs: number[];
  failures: Record<string, number>;
  refusedWithoutRetryAfter: number;
  sent: number;
  answered: number;
  tokens: number;
  unsent: number;
}

const plan: LoadPlan = JSON.parse(process.argv[2] ?? "");
const totals: Totals = {
  answeredMs: [], answeredSincePlannedMs: [], refusedMs: [], refusedSincePlannedMs: [], lateMs: [], failures: {},
  refusedWithoutRetryAfter: 0, sent: 0, answered: 0, tokens: 0, unsent: 0,
};
const startedAt = performance.now();
const endsAt = startedAt + plan.seconds * 1000;
const idle: Connection[] = [];
let nextText = plan.firstText;
let connections = 0;

function createRequest(): { request: string; tokens: number } {
  const texts = Array.from({ length: plan.textsPerRequest }, () => createText(plan.texts, nextText++));
  const input = texts.length === 1 ? texts[0]?.text : texts.map(({ text }) => text);
  const request = formatRequest("/v1/embeddings", { model: plan.model, input, encoding_format: "base64" });
  return { request, tokens: texts.reduce((sum, { tokens }) => sum + tokens, 0) };
}

async function openOne(): Promise<Connection> {
  connections++;
  return openConnection(plan.url);
}

/** One request whose time was `plannedAt`. Never rejects: a failure is counted. */
async function ask(connection: Connection, plannedAt: number): Promise<void> {
  const { request, tokens } = createRequest();
  const sentAt = performance.now();
  totals.sent++;
  totals.lateMs.push(sentAt - plannedAt);
  try {
    const { status, head, endedAt } = await connection.send(request);
    note(status, head, { ms: endedAt - sentAt, sincePlannedMs: endedAt - plannedAt, isInTime: endedAt <= endsAt, tokens });
  } catch (error) {
    countFailure(error instanceof Error ? error.message : String(error));
  }
}

interface Timed {
  ms: number;
  sincePlannedMs: number;
  isInTime: boolean;
  tokens: number;
}

function note(status: number, head: string, { ms, sincePlannedMs, isInTime, tokens }: Timed): void {
  if (status === 429) {
    totals.refusedMs.push(ms);
    totals.refusedSincePlannedMs.push(sincePlannedMs);
    if (!/^retry-after: [1-9]\d*\r?$/im.test(head)) totals.refusedWithoutRetryAfter++;
  } else if (status === 200) {
    totals.answeredMs.push(ms);
    totals.answeredSincePlannedMs.push(sincePlannedMs);
    if (isInTime) {
      totals.answered++;
      totals.tokens += tokens;
    }
  } else countFailure(String(status));
}

function countFailure(kind: string): void {
  totals.failures[kind] = (totals.failures[kind] ?? 0) + 1;
}

async function runClosed(clients: number): Promise<void> {
  const client = async (): Promise<void> => {
    let connection = await openOne();
    while (performance.now() < endsAt) {
      if (!connection.isOpen) connection = await openOne();
      await ask(connection, performance.now());
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: clients }, client));
}

/** Poisson arrivals; a request takes the connection that was free last, so that few are in use where answers are quick. */
async function runOpen(perSecond: number, maxConnections: number): Promise<void> {
  const pending = new Set<Promise<void>>();
  for (let plannedAt = startedAt; plannedAt < endsAt; plannedAt += (-Math.log(1 - Math.random()) / perSecond) * 1000) {
    while (performance.now() < plannedAt) await Bun.sleep(TICK_MS);
    const work = sendOnFree(plannedAt, maxConnections).finally(() => pending.delete(work));
    pending.add(work);
  }
  void probe();
  await Promise.all(pending);
}

async function sendOnFree(plannedAt: number, maxConnections: number): Promise<void> {
  let connection = idle.pop();
  while (connection?.isOpen === false) connection = idle.pop();
  if (connection === undefined && connections >= maxConnections) {
    totals.unsent++;
    return;
  }
  connection ??= await openOne();
  await ask(connection, plannedAt);
  if (connection.isOpen) idle.push(connection);
  else connections--;
}

const probes: Probe[] = [];
let probing: Promise<void> | undefined;

/** Single requests one by one from the end of arrivals on. */
function probe(): Promise<void> {
  probing ??= probeUntil(performance.now());
  return probing;
}

async function probeUntil(from: number): Promise<void> {
  if (plan.probeSeconds === 0) return;
  const connection = await openConnection(plan.url);
  while (performance.now() - from < plan.probeSeconds * 1000) {
    const sentAt = performance.now();
    const { status, endedAt } = await connection.send(createRequest().request);
    probes.push({ sentMs: round(sentAt - from), status, ms: round(endedAt - sentAt) });
    await Bun.sleep(20);
  }
  connection.close();
}

function createReport(drainMs: number): LoadReport {
  const { answeredMs, answeredSincePlannedMs, refusedMs, refusedSincePlannedMs, lateMs, tokens, ...counts } = totals;
  return {
    ...counts,
    seconds: plan.seconds,
    answeredPerSecond: round(totals.answered / plan.seconds),
    tokensPerSecond: round(tokens / plan.seconds),
    refused: refusedMs.length,
    connections,
    lateMs: computeQuantiles(lateMs),
    answeredMs: computeQuantiles(answeredMs),
    answeredSincePlannedMs: computeQuantiles(answeredSincePlannedMs),
    refusedMs: computeQuantiles(refusedMs),
    refusedSincePlannedMs: computeQuantiles(refusedSincePlannedMs),
    drainMs: round(drainMs),
    probes,
  };
}

const { arrivals } = plan;
if ("clients" in arrivals) await runClosed(arrivals.clients);
else await runOpen(arrivals.perSecond, arrivals.maxConnections);
const drainMs = performance.now() - endsAt;
await probe();
console.log(JSON.stringify(createReport(drainMs)));
process.exit(0);
