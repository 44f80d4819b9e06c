// What a scenario hands back, and how people and scripts read it.
import { round } from "./quantiles.ts";

export interface Criterion {
  name: string;
  value: number;
  unit: string;
  /** `value` may not be above it, or below it where `isFloor`. */
  limit: number;
  isFloor?: boolean;
}

export interface Result {
  criteria: readonly Criterion[];
  /** Whatever explains them. */
  figures: Readonly<Record<string, unknown>>;
}

/** NaN meets nothing: what was not measured is missed. */
export function isMet({ value, limit, isFloor = false }: Criterion): boolean {
  return isFloor ? value >= limit : value <= limit;
}

export function formatCriterion(criterion: Criterion): string {
  const { name, value, unit, limit, isFloor = false } = criterion;
  const bound = `${isFloor ? "at least" : "at most "} ${limit} ${unit}`;
  return `${isMet(criterion) ? "ok    " : "MISSED"}  ${name.padEnd(52)} ${String(round(value, 3)).padStart(10)} ${unit.padEnd(6)} ${bound}`;
}

export function formatFigures(figures: Result["figures"]): string[] {
  return Object.entries(figures).map(([name, value]) => `        ${name.padEnd(28)} ${formatValue(value)}`);
}

function formatValue(value: unknown): string {
  if (typeof value === "number") return String(round(value, 3));
  return typeof value === "string" ? value : JSON.stringify(value);
}
