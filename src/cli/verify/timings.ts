// How long batches of fixed shapes take through the whole pipeline: tokenizer, queue, runner and back.
import { askTexts } from "./ask.ts";
import type { AskOptions } from "./ask.ts";
import { createTimedText } from "./texts.ts";

/** Texts and about how many tokens each. */
export interface TimedShape {
  texts: number;
  tokens: number;
}

export const TIMED_SHAPES: readonly TimedShape[] = [
  { texts: 1, tokens: 16 }, { texts: 8, tokens: 32 }, { texts: 32, tokens: 32 }, { texts: 8, tokens: 128 },
];

/**
 * An engine that compiles runs in a larger program until the right one is ready: warm is what has not become a tenth faster
 * for this long.
 */
const STEADY_MS = 2000;
const LONGEST_WARM_UP_MS = 30_000;
const MEASURE_MS = 1000;
const LEAST_RUNS = 3;

export const formatShape = ({ texts, tokens }: TimedShape): string => `${texts}x${tokens}`;

/** Median milliseconds a batch, by shape ("8x32"). */
export async function timeShapes(options: AskOptions): Promise<Record<string, number>> {
  const medians: Record<string, number> = {};
  for (const shape of TIMED_SHAPES) {
    const texts = await Promise.all(Array.from({ length: shape.texts }, (_, row) => createExactText(options, shape.tokens, row)));
    const run = async (): Promise<void> => void (await askTexts(options, texts));
    await warmUp(run);
    medians[formatShape(shape)] = findMedian(await measure(run));
  }
  return medians;
}

/** A text of exactly so many tokens, special ones included, where the model's tokenizer can be asked. */
async function createExactText({ engine, model, signal }: AskOptions, tokens: number, row: number): Promise<string> {
  const text = createTimedText(tokens * 2, row);
  const { tokens: [found = []] } = await engine.tasks.tokenize({ model, texts: [text], addSpecialTokens: true, signal });
  const own = found.filter(({ special }) => !special);
  const last = own[tokens - (found.length - own.length) - 1];
  // Offsets count code points, and these words have no others than one unit each.
  return text.slice(0, last?.stop ?? text.length);
}

async function warmUp(run: () => Promise<void>): Promise<void> {
  const begun = performance.now();
  let best = Infinity;
  for (let bestAt = begun; performance.now() - bestAt < STEADY_MS;) {
    const durationMs = await time(run);
    if (performance.now() - begun > LONGEST_WARM_UP_MS) return;
    if (durationMs > best * 0.9) continue;
    best = durationMs;
    bestAt = performance.now();
  }
}

async function measure(run: () => Promise<void>): Promise<number[]> {
  const durations: number[] = [];
  const end = performance.now() + MEASURE_MS;
  while (durations.length < LEAST_RUNS || performance.now() < end) durations.push(await time(run));
  return durations;
}

async function time(run: () => Promise<void>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

const findMedian = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
