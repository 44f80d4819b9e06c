// The loads that are measured, and what each should reach.
import type { TextKind } from "./texts.ts";

export interface Cell {
  name: string;
  clients: number;
  /** Of one request. */
  texts: number;
  kind: TextKind;
  /** Tokens a second over the bare engine's. */
  atLeast: number;
}

export const CELLS: readonly Cell[] = [
  { name: "32x1-short", clients: 32, texts: 1, kind: "short", atLeast: 0.95 },
  { name: "4x32-short", clients: 4, texts: 32, kind: "short", atLeast: 0.97 },
  { name: "4x8-long", clients: 4, texts: 8, kind: "long", atLeast: 0.97 },
];

/** CPU seconds for the same tokens, over the bare engine's. */
export const MOST_CPU = 1.06;

/** One client with one text: milliseconds more than the bare run. */
export const LONE = { name: "lone", clients: 1, texts: 1, kind: "short", mostMedianMs: 0.5, mostP99Ms: 1.5 } as const;

/** The load under which others are compared with us, and by how much we should be better. */
export const PEERS = { name: "peers", cell: "32x1-short", leastThroughput: 2.5, mostP99: 1 / 3 } as const;
