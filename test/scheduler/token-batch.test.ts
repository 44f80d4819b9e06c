import { describe, expect, test } from "bun:test";
import { createTokenBatch } from "../../src/scheduler/token-batch.ts";

describe("createTokenBatch()", () => {
  test("puts items back to back and leaves out what none has", () => {
    expect(createTokenBatch([{ ids: Int32Array.of(1, 2) }, { ids: Int32Array.of(3) }])).toEqual({
      ids: Int32Array.of(1, 2, 3), lengths: Int32Array.of(2, 1),
    });
  });

  test("fills with zeros what only some have", () => {
    const items = [
      { ids: Int32Array.of(1, 2) },
      { ids: Int32Array.of(3, 4), typeIds: Int32Array.of(0, 1), poolFrom: 1 },
      { ids: Int32Array.of(5) },
    ];
    expect(createTokenBatch(items)).toEqual({
      ids: Int32Array.of(1, 2, 3, 4, 5),
      lengths: Int32Array.of(2, 2, 1),
      typeIds: Int32Array.of(0, 0, 0, 1, 0),
      poolFrom: Int32Array.of(0, 1, 0),
    });
  });
});
