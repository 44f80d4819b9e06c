// Two float32 models side by side, the default one unloaded: what all processes take together.
import { runLoad } from "./load.ts";
import type { LoadReport } from "./load-plan.ts";
import { BGE, DEFAULT_MODEL, MINILM, withModelFolder } from "./model-folder.ts";
import { createSampler, readMemory, sumPss } from "./process-memory.ts";
import { round } from "./quantiles.ts";
import type { Result } from "./report.ts";
import { startServer, type EnduranceServer } from "./server.ts";
import { createTotals, runClients } from "./soak-client.ts";
import { createSoakTexts, SOAK_MODELS } from "./soak-texts.ts";

export interface MemoryOptions {
  executable: string;
  modelsDir: string;
  seconds: number;
  clients: number;
  flags: readonly string[];
}

const LIMIT_MB = 450;
const IDLE_MS = 5000;

export async function runMemory(options: MemoryOptions): Promise<Result & { version: string }> {
  return withModelFolder(options.modelsDir, async (folder) => {
    const server = await startServer({ executable: options.executable, flags: ["--models-dir", folder, ...options.flags] });
    try {
      return { version: server.version, ...(await measure(server, options)) };
    } finally {
      await server.stop();
    }
  });
}

async function measure({ url, pid }: EnduranceServer, { seconds, clients }: MemoryOptions): Promise<Result> {
  const models = SOAK_MODELS.filter(({ name }) => name !== DEFAULT_MODEL);
  const watch = createSampler(pid, 1e9);
  const started = watch.take();
  await unload(url, DEFAULT_MODEL);
  const unloaded = watch.take();
  const texts = await createSoakTexts(url, models);
  const asked = watch.take();
  watch.stop();
  const sampler = createSampler(pid, 1000);
  const totals = createTotals();
  await Promise.all([runClients({ url, texts, models, clients, seconds }, totals), ...loadUnique(url, seconds)]);
  const loaded = sampler.take();
  await Bun.sleep(IDLE_MS);
  const idle = sampler.take();
  sampler.stop();
  const names = await listLoaded(url);
  const peak = Math.max(...sampler.samples.map(sumPss));
  const isRight = names.length === 2 && [MINILM, BGE].every((name) => names.includes(name));
  return {
    criteria: [
      { name: "PSS of all processes after the load", value: sumPss(loaded), unit: "MB", limit: LIMIT_MB },
      { name: "PSS of all processes, most during the load", value: peak, unit: "MB", limit: LIMIT_MB },
      { name: "other models loaded than those two", value: isRight ? 0 : 1, unit: "", limit: 0 },
      { name: "wrong vectors", value: totals.wrong.length, unit: "", limit: 0 },
    ],
    figures: {
      "loaded": names,
      "requests": totals.requests,
      "vectors checked": totals.vectors,
      "failures": totals.failures,
      "PSS MB started, default unloaded": [started, unloaded].map((sample) => round(sumPss(sample))),
      "PSS MB both loaded, texts one by one": round(sumPss(asked)),
      "PSS MB after idling": round(sumPss(idle)),
      "processes": readMemory(pid).map(({ role, pssMb, rssMb }) => `${role} ${round(pssMb, 0)} (RSS ${round(rssMb, 0)})`),
    },
  };
}

/** Texts that nobody asked before, so that a cache has something to keep and no batch is spared. */
function loadUnique(url: string, seconds: number): Promise<LoadReport>[] {
  const shared = { url, seconds, arrivals: { clients: 2 }, probeSeconds: 0 };
  return [
    runLoad({ ...shared, model: MINILM, texts: "long", textsPerRequest: 8, firstText: 0 }),
    runLoad({ ...shared, model: BGE, texts: "short", textsPerRequest: 32, firstText: 1e6 }),
  ];
}

/** Ollama's way: no text, `keep_alive` 0. */
async function unload(url: string, model: string): Promise<void> {
  const response = await fetch(`${url}/api/embed`, { method: "POST", body: JSON.stringify({ model, keep_alive: 0 }) });
  if (response.status !== 200) throw new Error(`Cannot unload "${model}": ${response.status} ${await response.text()}`);
}

async function listLoaded(url: string): Promise<string[]> {
  const answer: { models: { model: string }[] } = JSON.parse(await (await fetch(`${url}/api/ps`)).text());
  return answer.models.map(({ model }) => model);
}
