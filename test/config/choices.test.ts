import { expect, test } from "bun:test";
import { POOLING_CHOICES } from "../../src/config/choices.ts";

test("POOLING_CHOICES holds the short words only", () => {
  expect(POOLING_CHOICES).toEqual(["mean", "cls", "max", "last", "weighted", "mean-sqrt-len"]);
});
