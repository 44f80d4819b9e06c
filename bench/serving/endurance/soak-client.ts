// Clients that ask at random, leave at random, and look at every vector that they get.
import { DIALECTS } from "./dialects.ts";
import { computeCosine, SOAK_MODELS, type SoakModel, type SoakText } from "./soak-texts.ts";

export interface SoakTotals {
  requests: number;
  vectors: number;
  /** Vectors that are not the reference's, with what was asked. */
  wrong: string[];
  minCosine: Record<string, number>;
  left: number;
  /** 429 with Retry-After: the one failure that the contract allows here. */
  refused: number;
  /** Everything else, by what it said. */
  failures: Record<string, number>;
}

export interface SoakOptions {
  url: string;
  texts: readonly SoakText[];
  /** Those that the texts have references of. */
  models?: readonly SoakModel[];
  clients: number;
  seconds: number;
}

const LEAVE_SHARE = 0.1;
const LEAVE_MS = 400;
const PAUSE_MS = 60;
const BATCH_SIZES = [1, 1, 1, 1, 2, 3, 5, 8, 16, 32, 64];
const REASONS_KEPT = 20;

export function createTotals(): SoakTotals {
  return { requests: 0, vectors: 0, wrong: [], minCosine: {}, left: 0, refused: 0, failures: {} };
}

export async function runClients(options: SoakOptions, totals: SoakTotals): Promise<void> {
  const endsAt = performance.now() + options.seconds * 1000;
  const client = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      await askOnce(options, totals);
      await Bun.sleep(Math.random() * PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: options.clients }, client));
}

async function askOnce({ url, texts, models = SOAK_MODELS }: SoakOptions, totals: SoakTotals): Promise<void> {
  const dialect = pick(DIALECTS);
  const model = pick(models);
  const chosen = Array.from({ length: pick(BATCH_SIZES) }, () => pick(texts));
  const leaver = new AbortController();
  const timer = Math.random() < LEAVE_SHARE ? setTimeout(() => leaver.abort(), Math.random() * LEAVE_MS) : undefined;
  totals.requests++;
  try {
    const response = await fetch(`${url}${dialect.path(model.name)}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...(dialect.accept === undefined ? {} : { accept: dialect.accept }) },
      body: JSON.stringify(dialect.body(model.name, chosen.map(({ text }) => text))),
      signal: leaver.signal,
    });
    const bytes = await response.arrayBuffer();
    if (response.status !== 200) noteRefusal(response, bytes, totals);
    else checkVectors(dialect.parse(bytes), { chosen, model, dialect: dialect.name }, totals);
  } catch (error) {
    if (leaver.signal.aborted) totals.left++;
    else countFailure(error instanceof Error ? `${dialect.name}: ${error.message}` : String(error), totals);
  } finally {
    clearTimeout(timer);
  }
}

function noteRefusal(response: Response, bytes: ArrayBuffer, totals: SoakTotals): void {
  if (response.status === 429 && Number(response.headers.get("retry-after")) >= 1) totals.refused++;
  else countFailure(`${response.status} ${new TextDecoder().decode(bytes).slice(0, 160)}`, totals);
}

function checkVectors(
  vectors: readonly ArrayLike<number>[],
  { chosen, model, dialect }: { chosen: readonly SoakText[]; model: SoakModel; dialect: string },
  totals: SoakTotals,
): void {
  if (vectors.length !== chosen.length) return noteWrong(`${dialect} ${model.name}: ${vectors.length} vectors for ${chosen.length} texts`, totals);
  chosen.forEach(({ references }, at) => {
    const cosine = computeCosine(references.get(model.name) ?? [], vectors[at] ?? []);
    totals.vectors++;
    totals.minCosine[model.name] = Math.min(totals.minCosine[model.name] ?? 1, cosine);
    // Not "less than": NaN is wrong as well.
    if (!(cosine >= model.minCosine)) noteWrong(`${dialect} ${model.name}: cosine ${cosine}, text ${at} of ${chosen.length}`, totals);
  });
}

function noteWrong(what: string, { wrong }: SoakTotals): void {
  wrong.push(what);
}

function countFailure(kind: string, { failures }: SoakTotals): void {
  const known = kind in failures || Object.keys(failures).length < REASONS_KEPT ? kind : "more kinds";
  failures[known] = (failures[known] ?? 0) + 1;
}

function pick<T>(list: readonly T[]): T {
  const found = list[Math.floor(Math.random() * list.length)];
  if (found === undefined) throw new Error("Cannot pick from nothing");
  return found;
}
