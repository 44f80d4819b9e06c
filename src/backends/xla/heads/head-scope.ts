// What the StableHLO form of a head is given: the program's builder, and where its arguments come from.
import type { ModuleBuilder } from "../convert/module-builder.ts";
import type { DataValue } from "../convert/value.ts";
import type { ElementType } from "../program.ts";

/** Where a head gets its arguments: the converter adds them behind the model's own. */
export interface HeadScope {
  builder: ModuleBuilder;
  /** An argument that a batch fills: "head:lengths". */
  input(name: string, type: ElementType, dims: readonly number[]): DataValue;
  /** An argument of `listHeadWeights`: "head:step0.weight". */
  weight(name: string, type: ElementType, dims: readonly number[]): DataValue;
}
