import { describe, expect, test } from "bun:test";
import { formatQuestion } from "../../../src/cli/plugin/ask.ts";
import type { InstallPlan } from "../../../src/plugins/install/events.ts";

const plan = (licences: readonly string[], diskBytes: number): InstallPlan => {
  return { name: "xla:cuda", version: "1", wheels: [], downloadBytes: 0, diskBytes, freeBytes: 9e9, licences, checks: [] };
};

describe("formatQuestion()", () => {
  test.each([
    ["a small plugin under an open licence", [plan(["MIT", "Apache-2.0", "BSD-3-Clause"], 1e6)], undefined],
    ["a licence to accept", [plan(["MIT", "NVIDIA CUDA EULA"], 1e6)], 'Install xla:cuda: accept "NVIDIA CUDA EULA"? [y/N] '],
    ["much space", [plan(["MIT"], 3.3e9)], "Install xla:cuda: take 3.3 GB of disk? [y/N] "],
    [
      "both of several", [plan(["A", "B"], 6e8), { ...plan(["B"], 6e8), name: "onnx:cuda" as const }],
      'Install xla:cuda, onnx:cuda: accept "A", "B" and take 1.2 GB of disk? [y/N] ',
    ],
  ])("of %s", (_, plans, question) => expect(formatQuestion(plans)).toBe(question));
});
