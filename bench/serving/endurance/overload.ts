// More arrives than can be answered: what is answered still, how soon the rest is told so, and what is left of it afterwards.
import { DEFAULT_MODEL } from "./model-folder.ts";
import { runLoad } from "./load.ts";
import type { LoadPlan, LoadReport } from "./load-plan.ts";
import { createSampler, type MemorySample, type Role } from "./process-memory.ts";
import { readFigures, subtract, type Figures } from "./prometheus.ts";
import { computeMedian, round } from "./quantiles.ts";
import type { Criterion, Result } from "./report.ts";
import { startServer, type EnduranceServer } from "./server.ts";

export interface OverloadOptions {
  executable: string;
  seconds: number;
  capacitySeconds: number;
  factor: number;
  texts: LoadPlan["texts"];
  maxConnections: number;
  flags: readonly string[];
}

const CLIENTS = 32;
const WARM_UP_SECONDS = 5;
const PROBE_SECONDS = 6;
const REQUEST_TIMEOUT_MS = 60_000;
const TEXTS_APART = 2_000_000;
/** A single request that takes less than so many of its usual times is as before. */
const RECOVERED_FACTOR = 3;
const RECOVERED_PROBES = 5;

export async function runOverload(options: OverloadOptions): Promise<Result & { version: string }> {
  const flags = ["--request-timeout", `${REQUEST_TIMEOUT_MS}ms`, ...options.flags];
  const server = await startServer({ executable: options.executable, flags });
  try {
    return { version: server.version, ...(await measure(server, options)) };
  } finally {
    await server.stop();
  }
}

async function measure({ url, pid }: EnduranceServer, options: OverloadOptions): Promise<Result> {
  let run = 0;
  const load = (part: Pick<LoadPlan, "seconds" | "arrivals"> & Partial<LoadPlan>): Promise<LoadReport> => runLoad({
    url, model: DEFAULT_MODEL, texts: options.texts, textsPerRequest: 1, firstText: TEXTS_APART * run++, probeSeconds: 0, ...part,
  });
  const capacityLoad = { seconds: options.capacitySeconds, arrivals: { clients: CLIENTS } };
  await load({ ...capacityLoad, seconds: WARM_UP_SECONDS });
  const lone = await load({ seconds: 2, arrivals: { clients: 1 } });
  const start = await readFigures(url);
  const first = await load(capacityLoad);
  const atCapacity = subtract(await readFigures(url), start);
  const perSecond = first.answeredPerSecond * options.factor;
  const before = await readFigures(url);
  const sampler = createSampler(pid, 1000);
  const quiet = formatMemory(sampler.take());
  const arrivals = { perSecond, maxConnections: options.maxConnections };
  const over = await load({ seconds: options.seconds, arrivals, probeSeconds: PROBE_SECONDS });
  sampler.stop();
  const figures = subtract(await readFigures(url), before);
  const second = await load(capacityLoad);
  // Before and after: a machine that others use as well changes meanwhile.
  const capacity = (first.answeredPerSecond + second.answeredPerSecond) / 2;
  return {
    criteria: [...judge(over, { capacity, lone }), ...judgeMemory(sampler.samples, options.seconds)],
    figures: {
      "capacity req/s before, after": `${first.answeredPerSecond}, ${second.answeredPerSecond}`,
      "capacity tokens/s": round((first.tokensPerSecond + second.tokensPerSecond) / 2),
      "arrivals per second": round(over.sent / over.seconds),
      "answered per second": over.answeredPerSecond,
      "answered tokens/s": over.tokensPerSecond,
      "refused per second": round(over.refused / over.seconds),
      "lone ms": lone.answeredMs,
      "answered ms": over.answeredMs,
      "refused ms, from sending": over.refusedMs,
      "refused ms, from plan": over.refusedSincePlannedMs,
      "client late ms": over.lateMs,
      "connections": over.connections,
      "drain ms": over.drainMs,
      "first probes": over.probes.slice(0, 6),
      "refused by bound": Object.fromEntries(
        ["requests", "tokens", "time"].map((reason) => [reason, figures("termite_admission_refusals_total", { reason })]),
      ),
      "server CPU us per request at capacity": round((atCapacity("process_cpu_seconds_total") * 1e6) / first.sent),
      "server CPU s per s of overload": round(figures("process_cpu_seconds_total") / options.seconds),
      "batch tokens at capacity, in overload": [atCapacity, figures].map((part) => round(computeMean(part, "termite_batch_tokens"), 0)),
      "padding share at capacity, in overload": [atCapacity, figures].map(computePaddingShare),
      "RSS MB server/runner before": quiet,
      "RSS MB every 10 s": sampler.samples.filter((_, at) => at % 10 === 5).map(formatMemory),
    },
  };
}

function formatMemory({ rssMb }: MemorySample): string {
  return `${round(rssMb.server, 0)}/${round(rssMb.runner, 0)}`;
}

function computeMean(figures: Figures, name: string): number {
  return figures(`${name}_sum`) / figures(`${name}_count`);
}

function computePaddingShare(figures: Figures): number {
  const padding = figures("termite_padding_tokens_total");
  return round(padding / (padding + figures("termite_tokens_total")));
}

interface Normal {
  capacity: number;
  lone: LoadReport;
}

function judge(over: LoadReport, { capacity, lone }: Normal): Criterion[] {
  const failures = Object.values(over.failures).reduce((sum, count) => sum + count, 0);
  const recovered = lone.answeredMs.p99 * RECOVERED_FACTOR;
  return [
    { name: "goodput over capacity", value: over.answeredPerSecond / capacity, unit: "", limit: 0.95, isFloor: true },
    { name: "p99 of the admitted, from plan", value: over.answeredSincePlannedMs.p99, unit: "ms", limit: REQUEST_TIMEOUT_MS },
    { name: "p99 of refusals, from sending", value: over.refusedMs.p99, unit: "ms", limit: 20 },
    { name: "p99 of refusals, from plan", value: over.refusedSincePlannedMs.p99, unit: "ms", limit: 20 },
    { name: "recovery", value: findRecovery(over, recovered), unit: "ms", limit: 2000 },
    { name: "answers that are neither 200 nor 429", value: failures, unit: "", limit: 0 },
    { name: "refusals without Retry-After", value: over.refusedWithoutRetryAfter, unit: "", limit: 0 },
    { name: "arrivals that the client could not send", value: over.unsent, unit: "", limit: 0 },
  ];
}

/** From the end of arrivals to the first of five single requests that are all answered, it and most of them as quickly as before. */
function findRecovery({ probes }: LoadReport, usualMs: number): number {
  const first = probes.findIndex(({ ms }, at) => {
    const next = probes.slice(at, at + RECOVERED_PROBES);
    return next.every(({ status }) => status === 200) && Math.max(ms, computeMedian(next.map((probe) => probe.ms))) <= usualMs;
  });
  return probes[first]?.sentMs ?? NaN;
}

const ROLES: readonly Role[] = ["server", "runner"];

/** The median of the first seconds of overload against that of its end; both ways. */
function judgeMemory(samples: readonly MemorySample[], seconds: number): Criterion[] {
  const during = samples.filter(({ ms }) => ms < seconds * 1000);
  const settled = during.slice(Math.floor(during.length / 6));
  const third = Math.ceil(settled.length / 3);
  return ROLES.map((role) => {
    const at = (part: readonly MemorySample[]): number => computeMedian(part.map(({ rssMb }) => rssMb[role]));
    const change = Math.abs(at(settled.slice(-third)) / at(settled.slice(0, third)) - 1);
    return { name: `RSS of the ${role}, end over beginning of overload`, value: change * 100, unit: "%", limit: 10 };
  });
}
