import { expect, test } from "bun:test";
import { checkValueSize } from "../../../../src/backends/xla/convert/value-size.ts";

for (const dims of [[], [0], [2 ** 34], [2 ** 20, 2 ** 14], [0, 2 ** 20]]) {
  test(`checkValueSize() lets [${dims.join(", ")}] pass`, () => {
    expect(() => checkValueSize("f32", dims)).not.toThrow();
  });
}

for (const dims of [[2 ** 35], [2 ** 40, 2 ** 40], [0, 2 ** 52, 2 ** 52], [-1], [Infinity], [Number.NaN]]) {
  test(`checkValueSize() refuses [${dims.join(", ")}]`, () => {
    const error = new RangeError(`found a value of the shape [${dims.join(", ")}], need at most 64 GiB`);
    expect(() => checkValueSize("f32", dims)).toThrow(error);
  });
}
