// What has to be fetched, cut into items: a large file in its pieces, or small files of one wheel that lie side by side
// and come in one request. Pure.
import { createHash } from "node:crypto";
import { formatTreePath, PIECE_BYTES } from "../catalog/lock.ts";
import type { PluginFile, PluginWheel } from "../catalog/lock.ts";
import { formatObjectName } from "../store/object-store.ts";

/** Files below this are joined with their neighbours. */
const SMALL_BYTES = 1024 * 1024;
/** Joined files may have this much between them that nobody wants: their headers, and small files that are not kept. */
const GAP_BYTES = 64 * 1024;
const RUN_BYTES = 4 * 1024 * 1024;

/** Bytes of the wheel that are asked for at once and kept in one partial file. */
export interface Segment {
  /** Name of its partial file. */
  name: string;
  start: number;
  end: number;
}

export interface DownloadItem {
  wheel: PluginWheel;
  /** One, or several small ones. */
  files: readonly PluginFile[];
  /** Of a single file, its pieces in their order; of several, one for all. */
  segments: readonly Segment[];
  /** Whether it holds the file that is wanted before all others. */
  isFirst: boolean;
}

/** Files with the same content and mode are one object: fetched once. By the object's name. */
export type Twins = ReadonlyMap<string, readonly PluginFile[]>;

export interface DownloadPlan {
  /** In the order that they are wanted: `first`, then the largest. */
  items: readonly DownloadItem[];
  twins: Twins;
}

export function planItems(wheels: readonly PluginWheel[], first?: string): DownloadPlan {
  const twins = new Map<string, PluginFile[]>();
  const items = wheels.flatMap((wheel) => planWheel(wheel, wheel.files.filter((file) => addTwin(twins, file)), first));
  const rank = (item: DownloadItem): number => (item.isFirst ? Infinity : countBytes(item));
  return { items: items.sort((one, other) => rank(other) - rank(one)), twins };
}

/** Of the wheel, gaps included. */
export function countBytes({ segments }: Pick<DownloadItem, "segments">): number {
  return segments.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** True for the first of its kind. */
function addTwin(twins: Map<string, PluginFile[]>, file: PluginFile): boolean {
  const name = formatObjectName(file);
  const known = twins.get(name);
  if (known === undefined) twins.set(name, [file]);
  else known.push(file);
  return known === undefined;
}

function planWheel(wheel: PluginWheel, files: readonly PluginFile[], first: string | undefined): DownloadItem[] {
  const isFirst = (file: PluginFile): boolean => formatTreePath(file) === first;
  const isLarge = (file: PluginFile): boolean => file.compressedBytes > SMALL_BYTES || isFirst(file);
  const large = files.filter(isLarge).map((file) => ({
    wheel, files: [file], segments: listPieces(file), isFirst: isFirst(file),
  }));
  const runs = joinNeighbours(files.filter((file) => !isLarge(file)));
  return [...large, ...runs.map((run) => ({ wheel, files: run, segments: [joinFiles(run)], isFirst: false }))];
}

function listPieces(file: PluginFile): Segment[] {
  const end = file.dataOffset + file.compressedBytes;
  return Array.from({ length: Math.max(1, file.pieces.length) }, (_, index) => {
    const start = file.dataOffset + index * PIECE_BYTES;
    return { name: `${formatObjectName(file)}-${index}.piece`, start, end: Math.min(start + PIECE_BYTES, end) };
  });
}

function joinNeighbours(files: readonly PluginFile[]): PluginFile[][] {
  const runs: PluginFile[][] = [];
  let end = -Infinity;
  for (const file of files.toSorted((one, other) => one.dataOffset - other.dataOffset)) {
    const run = runs.at(-1);
    const fileEnd = file.dataOffset + file.compressedBytes;
    const isNear = file.dataOffset - end <= GAP_BYTES && fileEnd - (run?.[0]?.dataOffset ?? 0) <= RUN_BYTES;
    if (run !== undefined && isNear) run.push(file);
    else runs.push([file]);
    end = fileEnd;
  }
  return runs;
}

function joinFiles(run: readonly PluginFile[]): Segment {
  const start = Math.min(...run.map(({ dataOffset }) => dataOffset));
  const end = Math.max(...run.map(({ dataOffset, compressedBytes }) => dataOffset + compressedBytes));
  const digest = createHash("sha256").update(run.map(formatObjectName).join("\n")).digest("hex");
  return { name: `${digest}.run`, start, end };
}
