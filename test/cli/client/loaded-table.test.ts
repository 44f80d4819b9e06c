import { describe, expect, test } from "bun:test";
import { formatLoadedRows, formatSpan } from "../../../src/cli/client/loaded-table.ts";
import type { LoadedModel } from "../../../src/cli/client/loaded-table.ts";

const NOW = Date.parse("2026-11-23T12:00:00.000Z");
const at = (ms: number) => new Date(NOW + ms).toISOString();
const MODEL: LoadedModel = {
  name: "m", status: "loaded", loaded_at: at(-61_000), loading: null, expires_at: at(239_000), size: 23_400_000,
  target: { requested: "onnx:cpu", actual: "onnx:cpu", reason: null }, runner: { pid: 7, memoryBytes: 190_000_000 }, programs: null,
};

describe("formatLoadedRows()", () => {
  test.each<[string, Partial<LoadedModel>, string[]]>([
    ["a loaded model", {}, ["m", "loaded", "onnx:cpu", "23.4 MB", "190.0 MB, pid 7", "1m", "in 3m"]],
    [
      "one that waits, for ever", { status: "loading", loaded_at: null, loading: { phase: "room", since: at(-3000) }, expires_at: at(9e12), runner: null },
      ["m", "waits for room for 3s", "onnx:cpu", "23.4 MB", "", "", "never"],
    ],
    [
      "one on another target that compiles",
      {
        loading: { phase: "programs", since: at(-1000) }, programs: { ready: 4, planned: 28 },
        target: { requested: "xla:cuda", actual: "xla:cpu", reason: "no driver" }, runner: { pid: null, memoryBytes: null },
      },
      ["m", "loaded, 4 of 28 programs", "xla:cpu, not xla:cuda: no driver", "23.4 MB", "", "1m", "in 3m"],
    ],
  ])("shows %s", (_, changes, row) => {
    expect(formatLoadedRows([{ ...MODEL, ...changes }], NOW)).toEqual([row]);
  });
});

test.each([
  [-5, "0s"],
  [59_999, "59s"],
  [60_000, "1m"],
  [3_600_000, "1h"],
  [47 * 3_600_000, "1d"],
])("formatSpan() writes %p ms as %p", (ms, text) => expect(formatSpan(ms)).toBe(text));
