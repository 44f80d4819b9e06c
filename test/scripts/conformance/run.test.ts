import { describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { TensorProtoSchema } from "onnx-buf";
import { findDifference } from "../../../scripts/conformance/compare.ts";
import type { CaseResult } from "../../../scripts/conformance/run-case.ts";
import type { DataType } from "../../../src/backends/xla/convert/data-type.ts";
import { createNumbers } from "../../../src/backends/xla/convert/host-numbers.ts";
import { createGraph, createValue, formatModel } from "../../backends/xla/onnx/model-file.ts";
import type { GraphInit } from "../../backends/xla/onnx/model-file.ts";
import { PLUGIN_PATH } from "../../fixtures/pjrt-plugin.ts";

const SCRIPT = join(import.meta.dir, "../../../scripts/conformance/run.ts");
const tensor = (...values: number[]): Uint8Array =>
  toBinary(TensorProtoSchema, create(TensorProtoSchema, { dataType: 1, dims: [BigInt(values.length)], floatData: values }));
const longs = (...values: number[]): Uint8Array =>
  toBinary(TensorProtoSchema, create(TensorProtoSchema, { dataType: 7, dims: [BigInt(values.length)], int64Data: values.map(BigInt) }));

function writeCase(folder: string, name: string, { graph, inputs, outputs }: { graph: GraphInit; inputs: Uint8Array[]; outputs: Uint8Array[] }): void {
  const data = join(folder, "a/node", name, "test_data_set_0");
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, "../model.onnx"), formatModel(createGraph(graph)));
  inputs.forEach((bytes, i) => writeFileSync(join(data, `input_${i}.pb`), bytes));
  outputs.forEach((bytes, i) => writeFileSync(join(data, `output_${i}.pb`), bytes));
}

const unary = (opType: string): GraphInit => ({ node: [{ opType, input: ["x"], output: ["y"] }] });

async function run(folder: string, ...flags: string[]): Promise<{ code: number; report: Record<string, number> & { cases: CaseResult[] } }> {
  const child = Bun.spawn([process.execPath, SCRIPT, folder, "--json", "--library", PLUGIN_PATH, "--workers", "1", ...flags], { stderr: "pipe" });
  const text = await new Response(child.stdout).text();
  return { code: await child.exited, report: JSON.parse(text.trim().split("\n").at(-1) ?? "") };
}

describe("bun run conformance", () => {
  test("counts each case under what came of it, a crash among them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "termite-test-"));
    writeCase(folder, "test_right", { graph: unary("Neg"), inputs: [tensor(1, 2)], outputs: [tensor(-1, -2)] });
    writeCase(folder, "test_wrong", { graph: unary("Neg"), inputs: [tensor(1, 2)], outputs: [tensor(-1, -3)] });
    writeCase(folder, "test_unknown", { graph: unary("Frobnicate"), inputs: [tensor(1)], outputs: [tensor(1)] });
    writeCase(folder, "test_folded", {
      graph: { node: [{ opType: "Shape", input: ["x"], output: ["y"] }], output: [createValue("y", 7)] }, inputs: [tensor(1, 2)], outputs: [longs(2)],
    });
    writeCase(folder, "test_constant", {
      graph: { node: [{ opType: "Reshape", input: ["x", "n"], output: ["y"] }], input: [createValue("x"), createValue("n", 7)] },
      inputs: [tensor(1, 2), longs(2)], outputs: [tensor(1, 2)],
    });
    writeCase(folder, "test_without_data", { graph: unary("Neg"), inputs: [], outputs: [] });
    const { code, report: { cases, ...counts } } = await run(folder);
    expect([code, counts]).toEqual([0, { pass: 1, folded: 2, wrong: 1, unsupported: 1, error: 1 }]);
    expect(cases.find(({ name }) => name === "test_wrong")?.reason).toBe("y: 1 of 2 values, at 1: -2, need -3");
    expect(cases.find(({ name }) => name === "test_unknown")?.op).toBe("Frobnicate");
    expect(cases.find(({ name }) => name === "test_constant")?.constants).toEqual(["n"]);
    const only = await run(folder, "--only", "*right,*wrong");
    expect(only.report.cases.map(({ name }) => name)).toEqual(["test_right", "test_wrong"]);
    rmSync(folder, { recursive: true });
  });

  test("goes on after a process that died", async () => {
    const folder = mkdtempSync(join(tmpdir(), "termite-test-"));
    writeCase(folder, "test_first", { graph: unary("Neg"), inputs: [tensor(1)], outputs: [tensor(-1)] });
    cpSync(join(folder, "a/node/test_first"), join(folder, "a/node/test_second"), { recursive: true });
    // No library at all: each child ends as soon as it opens it.
    const { report: { cases } } = await run(folder, "--library", SCRIPT);
    expect(cases.map(({ outcome, reason }) => `${outcome}: ${reason}`)).toEqual([
      "error: the process ended: exit code 1", "error: the process ended: exit code 1",
    ]);
    rmSync(folder, { recursive: true });
  });
});

describe("findDifference()", () => {
  const value = (type: Exclude<DataType, "string">, numbers: readonly number[]) => createNumbers(type, [numbers.length], (i) => numbers[i] ?? 0);
  const compare = (type: "f32" | "f16" | "i64" | "ui8", found: number[], expected: number[]) => {
    const { bytes, dims } = value(type, found);
    return findDifference({ type, dims, bytes }, value(type, expected));
  };

  test("allows rtol 1e-3 and atol 1e-7", () => {
    expect(compare("f32", [1.0009, 0, Number.NaN, Infinity], [1, 9e-8, Number.NaN, Infinity])).toBeUndefined();
    expect(compare("f32", [1.0012, 2e-7, 1], [1, 0, Infinity])).toBe("3 of 3 values, at 0: 1.0011999607086182, need 1");
    expect(compare("i64", [1000], [1000])).toBeUndefined();
  });

  test("asks for the same type and dims", () => {
    const { bytes } = value("f32", [1, 2]);
    expect(findDifference({ type: "f32", dims: [1, 2], bytes }, value("f32", [1, 2]))).toBe("dims [1, 2], need [2]");
    expect(findDifference({ type: "f32", dims: [2], bytes }, value("f16", [1, 2]))).toBe("type f32, need f16");
  });
});
