// Grids and the split of a batch over them, as pure numbers.
import { expect, test } from "bun:test";
import { createGrid, planChunks, resolveLongShape, runCost } from "../../../src/backends/xla/buckets.ts";
import type { BucketShape } from "../../../src/backends/xla/protocol.ts";

const lengthsOf = (grid: readonly BucketShape[]): number[] => [...new Set(grid.map(({ length }) => length))];

test("createGrid() ends at the model's own limit", () => {
  expect(lengthsOf(createGrid({ device: "cpu", maxTokens: 256 }))).toEqual([16, 32, 48, 64, 96, 128, 192, 256]);
  expect(lengthsOf(createGrid({ device: "cpu", maxTokens: 200 })).at(-1)).toBe(200);
  expect(lengthsOf(createGrid({ device: "cuda", maxTokens: 2000 })).slice(-3)).toEqual([512, 1024, 2000]);
  expect(lengthsOf(createGrid({ device: "cpu", maxTokens: 8 }))).toEqual([8]);
});

test("createGrid() has only the length that the graph is fixed to", () => {
  expect(lengthsOf(createGrid({ device: "cpu", maxTokens: 256, fixedLength: 128 }))).toEqual([128]);
});

test("createGrid() has no shape of more tokens than a run gains from, but one for every length", () => {
  const grid = createGrid({ device: "cpu", maxTokens: 2000 });
  expect(grid.filter(({ batch }) => batch > 1).every(({ batch, length }) => batch * length <= 512)).toBe(true);
  expect(grid.filter(({ batch }) => batch === 1).map(({ length }) => length).at(-1)).toBe(2000);
});

test("createGrid() begins with shapes in which every text can be answered", () => {
  const grid = createGrid({ device: "cpu", maxTokens: 128 });
  expect(grid.slice(0, 6).map(({ batch }) => batch)).toEqual([1, 1, 1, 1, 1, 1]);
});

test("resolveLongShape() doubles", () => {
  expect(resolveLongShape(513)).toEqual({ batch: 1, length: 1024 });
  expect(resolveLongShape(1024)).toEqual({ batch: 1, length: 1024 });
});

const GRID = createGrid({ device: "cpu", maxTokens: 128 });
const plan = (lengths: readonly number[], shapes: readonly BucketShape[] = GRID): [number, number, number[]][] =>
  (planChunks(lengths, shapes) ?? []).map(({ shape, rows }) => [shape.batch, shape.length, [...rows]]);

test("planChunks() takes the next larger shape", () => {
  expect(plan([10])).toEqual([[1, 16, [0]]]);
  expect(plan([17])).toEqual([[1, 32, [0]]]);
  expect(plan([128])).toEqual([[1, 128, [0]]]);
});

test("planChunks() splits what no shape holds, and holds every text once", () => {
  const lengths = Array.from({ length: 21 }, (_, i) => 3 + ((i * 37) % 120));
  const chunks = planChunks(lengths, GRID) ?? [];
  expect(chunks.flatMap(({ rows }) => rows).sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
  for (const { rows, shape } of chunks) {
    expect(rows.length).toBeLessThanOrEqual(shape.batch);
    expect(Math.max(...rows.map((row) => lengths[row] ?? 0))).toBeLessThanOrEqual(shape.length);
  }
});

test("planChunks() keeps a long text away from short ones", () => {
  expect(plan([128, 8, 9, 10, 11]).map(([batch, length]) => [batch, length])).toEqual([[1, 128], [4, 16]]);
});

test("planChunks() costs no more than one run of all texts or a run for each", () => {
  for (let seed = 1; seed < 40; seed++) {
    const lengths = Array.from({ length: 8 }, (_, i) => 1 + ((seed * 31 + i * i * 17) % 128));
    const cost = (planChunks(lengths, GRID) ?? []).reduce((sum, { shape }) => sum + runCost(shape), 0);
    const longest = Math.max(...lengths);
    const whole = [...GRID, { batch: 8, length: 128 }].filter(({ batch, length }) => batch === 8 && length >= longest).map(runCost);
    const single = lengths.map((own) => Math.min(...GRID.filter(({ batch, length }) => batch === 1 && length >= own).map(runCost)));
    expect(cost).toBeLessThanOrEqual(Math.min(...whole));
    expect(cost).toBeLessThanOrEqual(single.reduce((sum, value) => sum + value, 0));
  }
});

test("planChunks() has no plan for a text that is longer than every shape", () => {
  expect(planChunks([5, 129], GRID)).toBeUndefined();
  expect(planChunks([5], [])).toBeUndefined();
});
