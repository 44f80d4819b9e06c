// Which keys a query sees: masks that are given, the causal frontier, windows, and the padding of a cache.
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { DataValue } from "../convert/value.ts";
import { castValue } from "./cast.ts";

export interface Frontier {
  /** Positions of queries and of keys. */
  dims: readonly [number, number];
  /** Position of the first query among the keys: a number for all, or [batch] integers. */
  offset: number | DataValue;
  /** Keys before and behind a query's own position that it sees; negative ones do not bound. */
  left: number;
  right: number;
}

/** i1 of [queries, keys], or [batch, 1, queries, keys]; `undefined` when every key is seen. */
export function findFrontier(builder: ModuleBuilder, { dims, offset, left, right }: Frontier): DataValue | undefined {
  if (left < 0 && right < 0) return undefined;
  const grid = typeof offset === "number" ? dims : [offset.dims[0] ?? 0, 1, ...dims];
  const [row, column] = [grid.length - 2, grid.length - 1];
  const start = typeof offset === "number"
    ? builder.splat("i64", grid, offset)
    : builder.broadcast(builder.convert(offset, "i64"), grid, [0]);
  // How far a key lies behind the query's own position.
  const position = builder.binary("add", builder.iota("i64", grid, row), start);
  const distance = builder.binary("subtract", builder.iota("i64", grid, column), position);
  const near = [
    ...(right < 0 ? [] : [builder.compare("LE", distance, builder.scalar("i64", right))]),
    ...(left < 0 ? [] : [builder.compare("GE", distance, builder.scalar("i64", -left))]),
  ];
  return near.reduce((a, b) => builder.combine("and", a, b));
}

/** i1 of [batch, 1, 1, keys]: the first `lengths` keys of each text. */
export function findInside(builder: ModuleBuilder, lengths: DataValue, keys: number): DataValue {
  const grid = [lengths.dims[0] ?? 0, 1, 1, keys];
  return builder.compare("LT", builder.iota(lengths.type, grid, 3), builder.broadcast(lengths, grid, [0]));
}

/** A mask whose last dimension ends before the keys do hides the rest. */
export function extendMask(builder: ModuleBuilder, mask: DataValue, keys: number): DataValue {
  const missing = keys - (mask.dims.at(-1) ?? 0);
  if (missing <= 0) return mask;
  const none = mask.dims.map(() => 0);
  const hidden = builder.scalar(mask.type, mask.type === "i1" ? 0 : -Infinity);
  return builder.pad(mask, hidden, { low: none, high: none.with(none.length - 1, missing) });
}

/** Scores with numeric masks added, and -infinity where one of the boolean ones does not hold. */
export function applyMasks(builder: ModuleBuilder, scores: DataValue, masks: readonly DataValue[]): DataValue {
  const added = masks.filter(({ type }) => type !== "i1");
  const sum = added.reduce((total, mask) => addMask(builder, total, mask), scores);
  const seen = masks.filter(({ type }) => type === "i1");
  if (seen.length === 0) return sum;
  const isSeen = seen.reduce((a, b) => builder.combine("and", a, b));
  return builder.select(isSeen, sum, builder.scalar(scores.type, -Infinity));
}

/** -infinity hides a key whatever its score is, one that is not a number included. */
function addMask(builder: ModuleBuilder, scores: DataValue, mask: DataValue): DataValue {
  const wide = castValue(builder, mask, scores.type);
  const lowest = builder.scalar(scores.type, -Infinity);
  return builder.select(builder.compare("EQ", wide, lowest), lowest, builder.combine("add", scores, wide));
}
