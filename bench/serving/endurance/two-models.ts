// One model in bulk, another with single short texts: how long the short ones wait for the bulk's batches.
import { cpus } from "node:os";
import { BGE, MINILM, withModelFolder } from "./model-folder.ts";
import { runLoad } from "./load.ts";
import type { LoadPlan } from "./load-plan.ts";
import { readFigures, subtract, type Figures } from "./prometheus.ts";
import { round } from "./quantiles.ts";
import type { Result } from "./report.ts";
import { startServer, type EnduranceServer } from "./server.ts";

export interface TwoModelsOptions {
  executable: string;
  modelsDir: string;
  seconds: number;
  bulkClients: number;
  bulkTexts: number;
  bulkKind: LoadPlan["texts"];
  shortClients: number;
  /** Which is in bulk; the other has the short texts. */
  bulk: string;
  flags: readonly string[];
}

const WARM_UP_SECONDS = 4;
const SHORT_FIRST = 6_000_000;

export async function runTwoModels(options: TwoModelsOptions): Promise<Result & { version: string }> {
  return withModelFolder(options.modelsDir, async (folder) => {
    const server = await startServer({ executable: options.executable, flags: ["--models-dir", folder, ...options.flags] });
    try {
      return { version: server.version, ...(await measure(server, options)) };
    } finally {
      await server.stop();
    }
  });
}

async function measure({ url }: EnduranceServer, options: TwoModelsOptions): Promise<Result> {
  const { seconds, bulk, bulkClients, bulkTexts, bulkKind, shortClients } = options;
  const plan = { url, seconds, probeSeconds: 0 } satisfies Partial<LoadPlan>;
  const loadBulk = (firstText: number) => runLoad({
    ...plan, model: bulk, texts: bulkKind, textsPerRequest: bulkTexts, firstText, arrivals: { clients: bulkClients },
  });
  const loadShort = (part: { firstText: number; clients: number; seconds: number }) => runLoad({
    ...plan, seconds: part.seconds, model: bulk === BGE ? MINILM : BGE, texts: "short", textsPerRequest: 1, firstText: part.firstText,
    arrivals: { clients: part.clients },
  });
  await loadShort({ firstText: SHORT_FIRST, clients: 1, seconds: WARM_UP_SECONDS });
  const lone = await loadShort({ firstText: SHORT_FIRST + 1e6, clients: 1, seconds: 2 });
  const start = await readFigures(url);
  const alone = await loadBulk(0);
  const middle = await readFigures(url);
  const [together, short] = await Promise.all([
    loadBulk(1e6), loadShort({ firstText: SHORT_FIRST + 2e6, clients: shortClients, seconds }),
  ]);
  const end = await readFigures(url);
  const batchMs = computeBatchMs(subtract(middle, start), bulk);
  return {
    criteria: [
      { name: "p99 of the short ones, in batch times", value: short.answeredMs.p99 / batchMs, unit: "", limit: 3 },
      { name: "short ones refused or failed", value: short.sent - short.answeredMs.count, unit: "", limit: 0 },
      { name: "bulk texts per second, beside the short ones", value: together.answeredPerSecond * bulkTexts, unit: "", limit: 1, isFloor: true },
    ],
    figures: {
      "batch ms": round(batchMs),
      "bulk batch in the runner ms": round(computeMean(subtract(middle, start), "termite_run_duration_seconds", bulk) * 1000),
      "beside short ones ms": round(computeMean(subtract(end, middle), "termite_run_duration_seconds", bulk) * 1000),
      "bulk batch tokens": round(computeMean(subtract(middle, start), "termite_batch_tokens", bulk)),
      "lone short ms": lone.answeredMs,
      "short ms beside bulk": short.answeredMs,
      "short queue wait ms": round(computeMean(subtract(end, middle), "termite_queue_wait_seconds", bulk === BGE ? MINILM : BGE) * 1000),
      "bulk tokens/s alone, beside": `${alone.tokensPerSecond}, ${together.tokensPerSecond}`,
      "short tokens/s": short.tokensPerSecond,
      "bulk refused alone, beside": `${alone.refused}, ${together.refused}`,
      "short refused, failures": `${short.refused}, ${JSON.stringify(short.failures)}`,
      "refused by bound": Object.fromEntries(
        ["requests", "tokens", "time"].map((reason) => [reason, subtract(end, start)("termite_admission_refusals_total", { reason })]),
      ),
    },
  };
}

/**
 * How long a batch holds one of the engines. The histogram of runs has more: a batch that waits in the runner for the one
 * before it counts there too, and that would be a kinder measure.
 */
function computeBatchMs(figures: Figures, model: string): number {
  return (figures("termite_busy_seconds_total") * cpus().length * 1000) / figures("termite_run_duration_seconds_count", { model });
}

function computeMean(figures: Figures, name: string, model: string): number {
  return figures(`${name}_sum`, { model }) / figures(`${name}_count`, { model });
}
