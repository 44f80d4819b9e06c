// Everything at random for as long as somebody likes, a runner killed again and again: no wrong vector, no failed request,
// no memory that grows.
import { withModelFolder } from "./model-folder.ts";
import { createSampler, findRunners, type MemorySample, type Role } from "./process-memory.ts";
import { readFigures } from "./prometheus.ts";
import { computeMedian, round } from "./quantiles.ts";
import type { Criterion, Result } from "./report.ts";
import { startServer, type EnduranceServer } from "./server.ts";
import { createTotals, runClients, type SoakTotals } from "./soak-client.ts";
import { createSoakTexts } from "./soak-texts.ts";

export interface SoakScenarioOptions {
  executable: string;
  modelsDir: string;
  minutes: number;
  clients: number;
  killSeconds: number;
  flags: readonly string[];
}

const SAMPLE_MS = 2000;
/** Memory of a runner that is killed again and again is a saw: a window holds whole teeth. */
const WINDOW_MINUTES = 1;
const BASE_MINUTE = 2;

export async function runSoak(options: SoakScenarioOptions): Promise<Result & { version: string }> {
  return withModelFolder(options.modelsDir, async (folder) => {
    const server = await startServer({ executable: options.executable, flags: ["--models-dir", folder, ...options.flags] });
    try {
      return { version: server.version, ...(await measure(server, options)) };
    } finally {
      await server.stop();
    }
  });
}

async function measure(server: EnduranceServer, { minutes, clients, killSeconds }: SoakScenarioOptions): Promise<Result> {
  const texts = await createSoakTexts(server.url);
  const totals = createTotals();
  const sampler = createSampler(server.pid, SAMPLE_MS);
  let kills = 0;
  const killer = setInterval(() => {
    for (const pid of findRunners(server.pid)) {
      process.kill(pid, "SIGKILL");
      kills++;
    }
  }, killSeconds * 1000);
  await runClients({ url: server.url, texts, clients, seconds: minutes * 60 }, totals);
  clearInterval(killer);
  sampler.stop();
  const figures = await readFigures(server.url);
  return {
    criteria: [...judgeAnswers(totals), ...judgeMemory(sampler.samples, minutes)],
    figures: {
      "requests": totals.requests,
      "vectors checked": totals.vectors,
      "runners killed": kills,
      "runners restarted": figures("termite_runner_restarts_total"),
      "least cosine": totals.minCosine,
      "clients that left": totals.left,
      "refused with 429": totals.refused,
      "failures": totals.failures,
      "wrong": totals.wrong.slice(0, 5),
      "server RSS MB by minute": listMinutes(sampler.samples, "rssMb", "server"),
      "server PSS MB by minute": listMinutes(sampler.samples, "pssMb", "server"),
      "runner RSS MB by minute": listMinutes(sampler.samples, "rssMb", "runner"),
      "runner PSS MB by minute": listMinutes(sampler.samples, "pssMb", "runner"),
      "log": summarizeLog(server.readLog()),
    },
  };
}

function judgeAnswers({ vectors, wrong, failures }: SoakTotals): Criterion[] {
  return [
    { name: "wrong vectors", value: wrong.length, unit: "", limit: 0 },
    { name: "vectors checked", value: vectors, unit: "", limit: 1, isFloor: true },
    { name: "failures that are not allowed", value: Object.values(failures).reduce((sum, count) => sum + count, 0), unit: "", limit: 0 },
  ];
}

/** The most that any later minute has over the minute around the second one. Memory that shrinks is no fault. */
function judgeMemory(samples: readonly MemorySample[], minutes: number): Criterion[] {
  const from = Math.min(BASE_MINUTE, minutes / 2) - WINDOW_MINUTES / 2;
  return (["server", "runner"] satisfies Role[]).flatMap((role) => (["rssMb", "pssMb"] as const).map((part) => {
    const base = computeWindow(samples, { from, part, role });
    const later = listStarts(from + WINDOW_MINUTES, minutes).map((start) => computeWindow(samples, { from: start, part, role }));
    const growth = Math.max(...later) / base - 1;
    return { name: `${part === "rssMb" ? "RSS" : "PSS"} of the ${role} over minute two`, value: growth * 100, unit: "%", limit: 10 };
  }));
}

function listStarts(from: number, minutes: number): number[] {
  return Array.from({ length: Math.floor((minutes - from) / WINDOW_MINUTES) }, (_, at) => from + at * WINDOW_MINUTES);
}

interface Window {
  /** In minutes. */
  from: number;
  part: "rssMb" | "pssMb";
  role: Role;
}

/** The median of a minute, without the moments in which there is no such process. */
function computeWindow(samples: readonly MemorySample[], { from, part, role }: Window): number {
  const inside = samples.filter(({ ms }) => ms >= from * 60_000 && ms < (from + WINDOW_MINUTES) * 60_000);
  return computeMedian(inside.map((sample) => sample[part][role]).filter((mb) => mb > 0));
}

function listMinutes(samples: readonly MemorySample[], part: Window["part"], role: Role): number[] {
  const last = Math.floor((samples.at(-1)?.ms ?? 0) / 60_000);
  return Array.from({ length: last + 1 }, (_, from) => round(computeWindow(samples, { from, part, role }), 0));
}

/** How often the log says what, for warnings and errors. */
function summarizeLog(text: string): Record<string, number> {
  const messages = text.split("\n").flatMap((line) => {
    const [, level, message] = /level=(\w+) msg=("[^"]*"|\S+)/.exec(line) ?? [];
    return level === "warn" || level === "error" ? [`${level} ${message}`] : [];
  });
  return Object.fromEntries([...Map.groupBy(messages, (message) => message)].map(([message, all]) => [message, all.length]));
}
