// Elements in another arrangement: Tile, DepthToSpace, SpaceToDepth, ReverseSequence.
import type { EmitContext } from "../convert/emit-context.ts";
import { gather } from "../convert/indexing.ts";
import type { Operator } from "../convert/operator.ts";
import type { DataValue } from "../convert/value.ts";
import { createCoordinates } from "./gather.ts";

function emitTile(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const repeats = context.hostInts(1);
  const spread = builder.broadcast(x, x.dims.flatMap((dim, i) => [repeats[i] ?? 1, dim]), x.dims.map((_, i) => 2 * i + 1));
  return [builder.reshape(spread, x.dims.map((dim, i) => dim * (repeats[i] ?? 1)))];
}

/** Channels become blocks of pixels: "DCR" takes the depth of a block first, "CRD" the channel. */
function emitDepthToSpace(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const [batch = 0, channels = 0, height = 0, width = 0] = x.dims;
  const block = context.int("blocksize");
  const depth = channels / (block * block);
  const isDepthFirst = context.string("mode", "DCR") === "DCR";
  const split = builder.reshape(x, isDepthFirst
    ? [batch, block, block, depth, height, width]
    : [batch, depth, block, block, height, width]);
  const moved = builder.transpose(split, isDepthFirst ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3]);
  return [builder.reshape(moved, [batch, depth, height * block, width * block])];
}

/** Blocks of pixels become channels: "DCR" puts the places of a block first, "CRD" the channel. */
function emitSpaceToDepth(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const [batch = 0, channels = 0, height = 0, width = 0] = x.dims;
  const block = context.int("blocksize");
  const split = builder.reshape(x, [batch, channels, height / block, block, width / block, block]);
  const isDepthFirst = context.string("mode", "DCR") === "DCR";
  const moved = builder.transpose(split, isDepthFirst ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4]);
  return [builder.reshape(moved, [batch, channels * block * block, height / block, width / block])];
}

/** The first elements of each text of a batch backwards, as many as its length says. */
function emitReverseSequence(context: EmitContext): DataValue[] {
  const { builder } = context;
  const x = context.data(0);
  const [timeAxis, batchAxis] = [context.int("time_axis", 0), context.int("batch_axis", 1)];
  const lengths = builder.broadcast(context.data(1), x.dims, [batchAxis]);
  const time = builder.iota("i64", x.dims, timeAxis);
  const mirrored = builder.binary("subtract", builder.binary("subtract", lengths, time), builder.splat("i64", x.dims, 1));
  const places = builder.select(builder.compare("LT", time, lengths), mirrored, time);
  return [gather(builder, x, createCoordinates(builder, places, timeAxis), {
    offsetDims: [], collapsedSliceDims: x.dims.map((_, i) => i), startIndexMap: x.dims.map((_, i) => i),
    indexVectorDim: x.dims.length, sliceSizes: x.dims.map(() => 1),
  })];
}

export const REARRANGE: readonly Operator[] = [
  { op: "Tile", since: 6, emit: emitTile },
  { op: "DepthToSpace", since: 1, emit: emitDepthToSpace },
  { op: "SpaceToDepth", since: 1, emit: emitSpaceToDepth },
  { op: "ReverseSequence", since: 10, emit: emitReverseSequence },
];
