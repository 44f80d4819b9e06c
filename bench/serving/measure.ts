// One cell: both sides checked against each other, then measured in turns.
import type { BenchServer } from "../start/server.ts";
import { findBestForm, listLoadedForms, listLoneForms, TRIAL } from "./bare-engine.ts";
import type { BareEngines } from "./bare-engine.ts";
import { formatForm, parseForm } from "./bare/form.ts";
import type { BareForm } from "./bare/form.ts";
import { CELLS, LONE, MOST_CPU } from "./cells.ts";
import type { Cell } from "./cells.ts";
import type { HttpRoute } from "./client/http-line.ts";
import type { Figures, Load } from "./client/load.ts";
import type { LoadClient } from "./load-client.ts";
import { cpuSeconds, createDifference, createRatio, measurePairs, medianMs, medianOf, p99Ms, tokensPerSecond } from "./pairs.ts";
import type { PairFigures, Ratio } from "./pairs.ts";
import { computeMedian } from "../statistics.ts";
import { checkSame } from "./same-vectors.ts";
import { createTexts } from "./texts.ts";

export interface Bench {
  client: LoadClient;
  server: BenchServer;
  route: HttpRoute;
  engines: BareEngines;
  cores: number;
  /** The bare engine's form, where it is given. */
  form: string | undefined;
  pairs: number;
  /** Of one side in one pair. */
  seconds: number;
}

export interface Row {
  name: string;
  found: number;
  interval: readonly [number, number];
  unit: string;
  bound: string;
  isGood: boolean;
  note: string;
}

const WARM_UP_SECONDS = 0.7;

export async function measureCell(bench: Bench, cell: Cell): Promise<Row[]> {
  const { form, note } = await resolveForm(bench, cell, listLoadedForms(bench.cores));
  const figures = await comparePairs(bench, cell, form);
  const [speed, cpu] = [createRatio(figures, tokensPerSecond), createRatio(figures, cpuSeconds)];
  const rates = `${describeRate(figures.ours)} | bare ${formatForm(form)} ${describeRate(figures.theirs)} tokens/s`;
  const shares = `${describeCpu(figures.ours)} | bare ${describeCpu(figures.theirs)} s, client ${describeClient(figures)} s`;
  return [
    createRow(`${cell.name} tokens/s`, speed, { unit: "x", bound: `at least ${cell.atLeast}`, isGood: speed.median >= cell.atLeast, note: `${rates}${note}` }),
    createRow(`${cell.name} CPU`, cpu, { unit: "x", bound: `at most ${MOST_CPU}`, isGood: cpu.median <= MOST_CPU, note: shares }),
  ];
}

/** Latency as the client sees it, less the bare engine's over the pipe, and less that of a run without any pipe. */
export async function measureLone(bench: Bench): Promise<Row[]> {
  const { form, note } = await resolveForm(bench, LONE, listLoneForms(bench.cores));
  const figures = await comparePairs(bench, LONE, form);
  const inside = await bench.client.time(createTexts("short", FIRST_TIMED, TIMED_TEXTS).map(({ text }) => text));
  const rows = [
    { name: "median", pick: medianMs, most: LONE.mostMedianMs, inside: computeMedian(inside) },
    { name: "p99", pick: p99Ms, most: LONE.mostP99Ms, inside: computeQuantileOf(inside) },
  ];
  return rows.map(({ name, pick, most, inside: own }) => {
    const more = createDifference(figures, pick);
    const [ours, theirs] = [medianOf(figures.ours, pick), medianOf(figures.theirs, pick)];
    const found = `${ours.toFixed(2)} ms | bare ${formatForm(form)} ${theirs.toFixed(2)} over the pipe, ${own.toFixed(2)} without`;
    return createRow(`lone ${name}, more than bare`, more, { unit: "ms", bound: `under ${most}`, isGood: more.median < most, note: `${found}${note}` });
  });
}

/** What JSON numbers cost instead of base64. */
export async function measureFloats({ client, server, route, pairs, seconds }: Bench): Promise<Row[]> {
  const [cell] = CELLS;
  if (cell === undefined) return [];
  const load = { ...cell, seconds, warmUpSeconds: WARM_UP_SECONDS, pid: server.pid };
  const figures = await measurePairs(pairs, () => client.load(load, { ...route, format: "float" }), () => client.load(load, route));
  const ratio = createRatio(figures, tokensPerSecond);
  const note = `${describeRate(figures.ours)} | base64 ${describeRate(figures.theirs)} tokens/s`;
  return [createRow(`${cell.name} as JSON numbers, of base64`, ratio, { unit: "x", bound: "", isGood: true, note })];
}

const TIMED_TEXTS = 500;
/** Beyond whatever the load client sends. */
const FIRST_TIMED = 2 ** 23;
export const CHECKED = [...createTexts("short", FIRST_TIMED - 32, 16), ...createTexts("long", FIRST_TIMED - 16, 4)].map(({ text }) => text);

const computeQuantileOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? NaN;

async function comparePairs({ client, server, route, engines, pairs, seconds }: Bench, cell: Pick<Load, "clients" | "texts" | "kind">, form: BareForm): Promise<PairFigures> {
  const pid = await engines.open(form);
  checkSame("the bare engine", await client.embed(CHECKED), await client.embed(CHECKED, route));
  const load = { clients: cell.clients, texts: cell.texts, kind: cell.kind, seconds, warmUpSeconds: WARM_UP_SECONDS };
  return measurePairs(pairs, () => client.load({ ...load, pid: server.pid }, route), () => client.load({ ...load, pid }));
}

async function resolveForm({ form, engines, client }: Bench, cell: Pick<Load, "clients" | "texts" | "kind">, forms: readonly BareForm[]): Promise<{ form: BareForm; note: string }> {
  if (form !== undefined) return { form: parseForm(form), note: "" };
  const load = { clients: cell.clients, texts: cell.texts, kind: cell.kind, ...TRIAL };
  const best = await findBestForm(forms, tokensPerSecond, { engines, client, load });
  return { form: best.form, note: `; tried ${Object.entries(best.tried).map(([name, rate]) => `${name} ${Math.round(rate)}`).join(", ")}` };
}

const describeRate = (figures: readonly Figures[]): string => String(Math.round(medianOf(figures, tokensPerSecond)));
const describeCpu = (figures: readonly Figures[]): string => medianOf(figures, cpuSeconds).toFixed(4);
const describeClient = ({ ours, theirs }: PairFigures): string =>
  [ours, theirs].map((figures) => medianOf(figures, ({ clientCpuSeconds, tokens }) => (1000 * clientCpuSeconds) / tokens).toFixed(4)).join(" | ");

export function createRow(name: string, ratio: Ratio, rest: Pick<Row, "unit" | "bound" | "isGood" | "note">): Row {
  return { name, found: ratio.median, interval: ratio.interval, ...rest };
}
