// Taking a batch's result apart.
import { expect, test } from "bun:test";
import { TermiteError } from "../../src/errors.ts";
import type { HeadResult } from "../../src/heads/head.ts";
import { createItemResults } from "../../src/scheduler/item-results.ts";

const cases: [HeadResult, HeadResult[]][] = [
  [
    { kind: "dense", width: 2, data: Float32Array.of(1, 2, 3, 4) },
    [{ kind: "dense", width: 2, data: Float32Array.of(1, 2) }, { kind: "dense", width: 2, data: Float32Array.of(3, 4) }],
  ],
  [
    { kind: "ragged", width: 2, lengths: Int32Array.of(1, 2), data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    [
      { kind: "ragged", width: 2, lengths: Int32Array.of(1), data: Float32Array.of(1, 2) },
      { kind: "ragged", width: 2, lengths: Int32Array.of(2), data: Float32Array.of(3, 4, 5, 6) },
    ],
  ],
  [
    { kind: "sparse", lengths: Int32Array.of(0, 2), indices: Int32Array.of(7, 9), values: Float32Array.of(0.5, 0.25) },
    [
      { kind: "sparse", lengths: Int32Array.of(0), indices: new Int32Array(), values: new Float32Array() },
      { kind: "sparse", lengths: Int32Array.of(2), indices: Int32Array.of(7, 9), values: Float32Array.of(0.5, 0.25) },
    ],
  ],
];
test.each(cases)("createItemResults() gives each text its own part when the result is %p", (result, parts) => {
  expect(createItemResults(result, 2)).toEqual(parts);
});

test("createItemResults() throws when the result does not belong to the batch", () => {
  for (const [result] of cases) expect(() => createItemResults(result, 3)).toThrow(TermiteError);
  const dense: HeadResult = { kind: "dense", width: 2, data: Float32Array.of(1, 2) };
  expect(() => createItemResults(dense, 2)).toThrow("Cannot split the result of a batch: found 2 elements, need 4");
});
