// References that Python made from the texts alone, and how vectors are compared with them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runGood } from "./command.ts";
import { CACHE, REFERENCES } from "./places.ts";
import { parseVector } from "../fixtures/references/read-references.ts";
import { check } from "./report.ts";

export const MIN_COSINE = 0.99999;

export interface Reference {
  promptTokens: number;
  vector: Float32Array;
}

export interface Comparison {
  minCosine: number;
  /** Texts whose cosine lies under MIN_COSINE. */
  wrong: number;
}

export function readTexts(): string[] {
  return JSON.parse(readFileSync(join(REFERENCES, "texts.json"), "utf8"));
}

export function readReferences(file: string): Reference[] {
  const made: { references: { promptTokens: number; vector: string }[] } = JSON.parse(readFileSync(file, "utf8"));
  return made.references.map(({ promptTokens, vector }) => ({ promptTokens, vector: parseVector(vector) }));
}

/** Makes references with `make-references.py`; `flags` make them wrong on purpose. */
export async function makeReferences(
  python: string,
  folder: string,
  options: { name: string; flags?: readonly string[] },
): Promise<Reference[]> {
  const output = join(CACHE, `${options.name}.json`);
  await runGood([python, join(REFERENCES, "make-references.py"), folder, output, ...(options.flags ?? [])]);
  return readReferences(output);
}

export function compareVectors(vectors: readonly ArrayLike<number>[], references: readonly Reference[]): Comparison {
  check(vectors.length === references.length, `${vectors.length} vectors for ${references.length} texts`);
  const cosines = references.map(({ vector }, index) => cosine(vector, vectors[index] ?? []));
  return { minCosine: Math.min(...cosines), wrong: cosines.filter((value) => !(value >= MIN_COSINE)).length };
}

function cosine(left: ArrayLike<number>, right: ArrayLike<number>): number {
  if (left.length !== right.length) return NaN;
  let [dot, leftSquare, rightSquare] = [0, 0, 0];
  for (let i = 0; i < left.length; i++) {
    const [a, b] = [left[i] ?? NaN, right[i] ?? NaN];
    dot += a * b;
    leftSquare += a * a;
    rightSquare += b * b;
  }
  return dot / Math.sqrt(leftSquare * rightSquare);
}

export function checkSame(comparison: Comparison, what: string): string {
  const figure = `min cosine ${comparison.minCosine.toFixed(8)}`;
  check(comparison.wrong === 0, `${what}: ${comparison.wrong} texts under ${MIN_COSINE}, ${figure}`);
  return `${what} ${figure}`;
}
