// How many rows the table has that an input of a graph picks from. XLA answers an index behind the end with the last row,
// a wrong vector instead of an error, so that ids have to be checked before they are sent.
import type { OnnxGraph, OnnxNode } from "./onnx/onnx-model.ts";

/** Operators that hand indices on as they are. */
const HANDED_ON: ReadonlySet<string> = new Set(["Cast", "Identity", "Reshape", "Unsqueeze", "Squeeze", "Flatten"]);
/** Operators that pick rows of their first input by their second. */
const PICKS: ReadonlySet<string> = new Set(["Gather", "GatherBlockQuantized"]);

/** By the names of inputs that pick rows of an initializer; the fewest rows where one picks from several. */
export function findTableRows({ inputs, nodes, initializers }: OnnxGraph): ReadonlyMap<string, number> {
  const origins = new Map(inputs.map(({ name }) => [name, name]));
  const rows = new Map<string, number>();
  for (const node of nodes) {
    const [table = "", indices = ""] = node.inputs;
    const [output = ""] = node.outputs;
    const handed = HANDED_ON.has(node.op) ? origins.get(table) : undefined;
    if (handed !== undefined) origins.set(output, handed);
    const origin = PICKS.has(node.op) ? origins.get(indices) : undefined;
    const count = initializers.get(table)?.dims[readAxis(node)];
    if (origin === undefined || count === undefined) continue;
    rows.set(origin, Math.min(rows.get(origin) ?? Infinity, count));
  }
  return rows;
}

function readAxis({ attributes }: OnnxNode): number {
  const axis = attributes.get("axis");
  return axis?.kind === "int" ? Number(axis.value) : 0;
}
