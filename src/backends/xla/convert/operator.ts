// What a row of the table of operators is.
import type { EmitContext } from "./emit-context.ts";
import type { HostValue, Value } from "./value.ts";

export interface Operator {
  op: string;
  /** "" (ai.onnx) unless told otherwise. */
  domain?: string;
  /** First opset of the domain with this meaning. A later row of the same operator takes over from its own `since` on. */
  since: number;
  /**
   * One value an output, in order; outputs behind the last one that is wanted may be left out. Emits StableHLO through
   * `context.builder`, or gives host values for what is known without running anything. Throws what
   * `context.unsupported` makes; a `RangeError` of ours is told as a defect of the node's shapes.
   */
  emit(context: EmitContext): readonly Value[];
  /**
   * Called instead of `emit` when every input is a host value: integer arithmetic on shapes, and what is the same for
   * every run. Exact, or `undefined`: then `emit` is called.
   */
  fold?(context: EmitContext): readonly HostValue[] | undefined;
}
