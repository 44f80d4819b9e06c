import { describe, expect, test } from "bun:test";
import { createOnce } from "../../src/server/once.ts";

describe("createOnce()", () => {
  test("calls once for all who ask, and anew after a failure", async () => {
    let calls = 0;
    const read = createOnce(async () => {
      calls += 1;
      if (calls === 1) throw new Error("not yet");
      return calls;
    });
    const both = await Promise.allSettled([read(), read()]);
    expect(both.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect([await read(), await read(), calls]).toEqual([2, 2, 2]);
  });
});
