// The compiler's words in those of a backend.
import { expect, test } from "bun:test";
import { explainFailure } from "../../../src/backends/xla/compiled-model.ts";
import { NativeError } from "../../../src/errors.ts";

const CASES: readonly (readonly [string, string])[] = [
  ["Out of memory allocating 40 bytes.", "Out of memory allocating 40 bytes."],
  [
    '-:21:11: error: limit index 9 is larger than dimension size 4\n-:21:11: note: see current operation: %14 = "stablehlo.slice"(%13)',
    "limit index 9 is larger than dimension size 4",
  ],
  ["-:16:42: error: expected non-function type <unknown>:0: error: Failed to parse", "expected non-function type"],
  [`a ${"b".repeat(400)}`, `a ${"b".repeat(298)}…`],
];

for (const [words, told] of CASES) {
  test(`explainFailure() tells "${told.slice(0, 40)}"`, () => {
    const error = explainFailure(new NativeError("pjrt", 3, words)) as Error;
    expect(error.message).toBe(`Cannot load model: XLA refuses its program: ${told}`);
  });
}
