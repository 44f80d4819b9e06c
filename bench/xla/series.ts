// One cell on all engines: they take turns, and what counts is the ratio within a turn.
import { computeMedian } from "../statistics.ts";
import type { Child } from "./child.ts";
import { countTokens } from "./cells.ts";
import type { Cell } from "./cells.ts";

export interface Figure {
  engine: string;
  /** Median of the turns. */
  tokensPerSecond: number;
  /** Over the first engine in the same turn: median, and the interval that holds all but a tenth of the turns at each end. */
  ratio: number;
  interval: readonly [number, number];
}

export interface SeriesOptions {
  turns: number;
  /** Batches at once. */
  inFlight: number;
  /** A turn of one engine lasts about so long. */
  turnMs: number;
}

/** The children are prepared for the cell. */
export async function measureCell(children: readonly Child[], cell: Cell, options: SeriesOptions): Promise<Figure[]> {
  const repeats: number[] = [];
  for (const child of children) repeats.push(Math.max(1, Math.round(options.turnMs / 1000 / (await time(child, cell, options, 1)))));
  const samples: number[][] = children.map(() => []);
  for (let turn = 0; turn < options.turns; turn++) {
    for (let i = 0; i < children.length; i++) {
      // Nobody is always first.
      const at = (i + turn) % children.length;
      const [child, repeat] = [children[at], repeats[at] ?? 1];
      if (child) samples[at]?.push((countTokens(cell) * repeat) / (await time(child, cell, options, repeat)));
    }
  }
  return children.map(({ name }, i) => createFigure(name, samples[i] ?? [], samples[0] ?? []));
}

async function time(child: Child, { batches }: Cell, { inFlight }: SeriesOptions, repeat: number): Promise<number> {
  // With one batch there is nothing to run at once unless it is repeated.
  const reply = await child.ask({ kind: "measure", batches, repeat: repeat * inFlight, inFlight });
  if (reply.kind !== "measured") throw new Error(`Cannot measure ${child.name}: found reply "${reply.kind}"`);
  return reply.seconds / inFlight;
}

function createFigure(engine: string, samples: readonly number[], base: readonly number[]): Figure {
  const ratios = samples.map((sample, i) => sample / (base[i] ?? NaN)).sort((a, b) => a - b);
  const at = (share: number): number => round(ratios[Math.round((ratios.length - 1) * share)] ?? NaN);
  return { engine, tokensPerSecond: Math.round(computeMedian(samples)), ratio: round(computeMedian(ratios)), interval: [at(0.1), at(0.9)] };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
