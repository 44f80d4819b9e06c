// Runs a design for so many calls, four at once, with forced garbage collection, and says what happened.
import { BATCHES, FAILING_BATCH, isFailing } from "./workload.ts";
import type { Design } from "./workload.ts";

const AT_ONCE = 4;
const GC_EVERY = 1000;
const TICK_MS = 2;

export interface Report {
  calls: number;
  seconds: number;
  callsPerSecond: number;
  wrongValues: number;
  missingFailures: number;
  unexpectedFailures: number;
  /** Lateness of a 2 ms timer on the thread that would speak to the parent; forced collections left out. */
  stallMs: { p50: number; p99: number; max: number };
  /** At 0, 25, 50, 75 and 100 % of the calls. */
  rssMb: number[];
  /** The median of lone calls after the series, in milliseconds. */
  loneMs: number;
}

export async function measure(design: Design, calls: number): Promise<Report> {
  const expected = await runInOrder(design);
  const clock = createStallClock();
  const counts = { wrongValues: 0, missingFailures: 0, unexpectedFailures: 0 };
  const rssMb = [rss()];
  const begun = performance.now();
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < calls) {
      const call = next++;
      await runChecked(design, call, expected, counts);
      if (call % GC_EVERY === 0) clock.collect();
      if (call > 0 && call % Math.floor(calls / 4) === 0) rssMb.push(rss());
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  const seconds = (performance.now() - begun) / 1000;
  const stallMs = clock.stop();
  if (rssMb.length < 5) rssMb.push(rss());
  const loneMs = await measureLone(design);
  return { calls, seconds: round(seconds), callsPerSecond: round(calls / seconds), ...counts, stallMs, rssMb, loneMs };
}

const round = (value: number): number => Math.round(value * 100) / 100;
const rss = (): number => Math.round(process.memoryUsage.rss() / 1024 / 1024);

async function runInOrder(design: Design): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (const batch of BATCHES) vectors.push(await design.run(batch));
  return vectors;
}

type Counts = Pick<Report, "wrongValues" | "missingFailures" | "unexpectedFailures">;

type Vectors = readonly Float32Array[];

async function runChecked(design: Design, call: number, expected: Vectors, counts: Counts): Promise<void> {
  const index = call % BATCHES.length;
  const batch = isFailing(call) ? FAILING_BATCH : (BATCHES[index] ?? FAILING_BATCH);
  try {
    const vector = await design.run(batch);
    if (isFailing(call)) counts.missingFailures++;
    else if (!isSame(vector, expected[index])) counts.wrongValues++;
  } catch {
    // What failed is counted and not looked at: the failing batch is the only one that may.
    if (!isFailing(call)) counts.unexpectedFailures++;
  }
}

/** Bit for bit. */
const isSame = (a: Float32Array, b: Float32Array | undefined): boolean =>
  b !== undefined && a.length === b.length && a.every((value, i) => value === b[i]);

async function measureLone(design: Design): Promise<number> {
  const [batch] = BATCHES;
  const times: number[] = [];
  for (let i = 0; i < 300 && batch; i++) {
    const begun = performance.now();
    await design.run(batch);
    times.push(performance.now() - begun);
  }
  return round(percentile(times, 0.5));
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

/** Watches how late a timer comes. */
function createStallClock(): { collect(): void; stop(): Report["stallMs"] } {
  const late: number[] = [];
  let last = performance.now();
  let collected = false;
  const timer = setInterval(() => {
    const now = performance.now();
    if (!collected) late.push(Math.max(0, now - last - TICK_MS));
    collected = false;
    last = now;
  }, TICK_MS);
  return {
    collect() {
      Bun.gc(true);
      collected = true;
    },
    stop() {
      clearInterval(timer);
      return { p50: round(percentile(late, 0.5)), p99: round(percentile(late, 0.99)), max: round(percentile(late, 1)) };
    },
  };
}
