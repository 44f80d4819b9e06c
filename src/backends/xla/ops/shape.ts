// What is known from shapes alone: Shape, Size.
import { countElements } from "../convert/data-type.ts";
import type { EmitContext } from "../convert/emit-context.ts";
import type { Operator } from "../convert/operator.ts";
import { createInts } from "../convert/value.ts";
import type { HostValue } from "../convert/value.ts";

/** `start` and `end` (from opset 15) count from the end when negative and are moved inside. */
function readShape(context: EmitContext): HostValue {
  const dims = context.dims(0);
  const clamp = (at: number): number => Math.min(Math.max(at < 0 ? at + dims.length : at, 0), dims.length);
  return createInts(dims.slice(clamp(context.int("start", 0)), clamp(context.int("end", dims.length))));
}

export const SHAPE: readonly Operator[] = [
  { op: "Shape", since: 1, emit: (context) => [readShape(context)] },
  { op: "Size", since: 1, emit: (context) => [createInts([countElements(context.dims(0))], [])] },
];
