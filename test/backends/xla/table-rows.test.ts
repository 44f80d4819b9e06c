// The rows that token ids pick from, read from graphs.
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openOnnxModel } from "../../../src/backends/xla/onnx/open-onnx-model.ts";
import { findTableRows } from "../../../src/backends/xla/table-rows.ts";
import { createContractModels } from "../../fixtures/contract-models.ts";
import { formatOnnx } from "../../fixtures/onnx-writer.ts";
import type { OnnxGraph } from "../../fixtures/onnx-writer.ts";

function readRows(file: Uint8Array): [string, number][] {
  const folder = mkdtempSync(join(tmpdir(), "termite-rows-"));
  const path = join(folder, "model.onnx");
  writeFileSync(path, file);
  try {
    return [...findTableRows(openOnnxModel(path).graph)].sort(([a], [b]) => (a < b ? -1 : 1));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const GRAPH: OnnxGraph = {
  inputs: [{ name: "input_ids", element: "int64", dims: ["b", "s"] }],
  initializers: [
    { name: "table", element: "float32", dims: [10, 2], values: Array.from({ length: 20 }, () => 1) },
    { name: "wide", element: "float32", dims: [2, 7], values: Array.from({ length: 14 }, () => 1) },
  ],
  nodes: [
    { op: "Cast", inputs: ["input_ids"], outputs: ["cast"], attributes: { to: 6 } },
    { op: "Gather", inputs: ["table", "cast"], outputs: ["a"] },
    { op: "Gather", inputs: ["wide", "input_ids"], outputs: ["c"], attributes: { axis: 1 } },
  ],
  outputs: [{ name: "a", element: "float32", dims: ["b", "s", 2] }, { name: "c", element: "float32", dims: [2, "b", "s"] }],
};

test("findTableRows() counts rows along the gather's axis, through casts, the fewest of several", () => {
  expect(readRows(formatOnnx(GRAPH))).toEqual([["input_ids", 7]]);
  expect(readRows(createContractModels().tokens)).toEqual([["input_ids", 100], ["token_type_ids", 2]]);
});
