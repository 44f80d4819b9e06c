// What `termite verify` tells, as data and as tables. Pure.
import type { Target } from "../../target.ts";
import type { Task } from "../../task.ts";
import { compareAnswers, isSame } from "./compare.ts";
import type { Answers, Comparison } from "./compare.ts";
import { formatShape, TIMED_SHAPES } from "./timings.ts";

/** What one engine showed. */
export interface EngineReport {
  target: Target;
  library: string;
  version: string;
  device: string;
  /** Median milliseconds by shape. */
  timingsMs: Readonly<Record<string, number>>;
}

export interface PairReport extends Comparison {
  /** Two engines, or the stored reference and an engine. */
  left: string;
  right: string;
  ok: boolean;
}

export interface VerifyReport {
  model: string;
  task: Task;
  texts: number;
  /** What every pair has to reach. */
  threshold: number;
  engines: readonly EngineReport[];
  pairs: readonly PairReport[];
  ok: boolean;
}

export interface Asked {
  name: string;
  answers: Answers;
}

/** Every pair once, in order. */
export function comparePairs(asked: readonly Asked[], threshold: number): PairReport[] {
  return asked.flatMap((left, i) => asked.slice(i + 1).map((right) => comparePair(left, right, threshold)));
}

export function comparePair(left: Asked, right: Asked, threshold: number): PairReport {
  const comparison = compareAnswers(left.answers, right.answers);
  return { left: left.name, right: right.name, ...comparison, ok: isSame(comparison, threshold) };
}

export const PAIR_HEADER = ["ENGINES", "MIN COSINE", "MEAN COSINE", "LABELS", "RESULT"] as const;

export const formatPairs = ({ pairs }: VerifyReport): string[][] =>
  pairs.map(({ left, right, minCosine, meanCosine, differentLabels, ok }) => [
    `${left} - ${right}`, minCosine.toFixed(8), meanCosine.toFixed(8), formatLabels(differentLabels), ok ? "same" : "different",
  ]);

const formatLabels = (different: number | undefined): string =>
  different === undefined ? "" : different === 0 ? "equal" : `${different} differ`;

export const ENGINE_HEADER = ["ENGINE", "LIBRARY", "DEVICE", ...TIMED_SHAPES.map((shape) => `${formatShape(shape)} MS`)];

export const formatEngines = ({ engines }: VerifyReport): string[][] =>
  engines.map(({ target, library, version, device, timingsMs }) => [
    target, `${library} ${version}`, device, ...TIMED_SHAPES.map((shape) => (timingsMs[formatShape(shape)] ?? 0).toFixed(1)),
  ]);
