import { expect, test } from "bun:test";
import { checkBatch } from "../../src/backends/check-batch.ts";

const ids = new Int32Array([1, 2, 3]);
const lengths = new Int32Array([2, 1]);
const TABLE = [
  [{ ids, lengths: new Int32Array() }, "Cannot run batch: found no text"],
  [{ ids, lengths: new Int32Array([3, 0]) }, "Cannot run batch: found a text without tokens"],
  [{ ids, lengths: new Int32Array([2]) }, "Cannot run batch: found 3 ids for 2 tokens"],
  [{ ids, lengths, typeIds: new Int32Array(2) }, "Cannot run batch: found 2 segment ids for 3 tokens"],
  [{ ids, lengths, poolFrom: new Int32Array(3) }, "Cannot run batch: found 3 prompts for 2 texts"],
  [{ ids: new Int32Array([1, -7, 3]), lengths }, "Cannot run batch: found token id -7"],
] as const;

for (const [batch, message] of TABLE) {
  test(`checkBatch() throws "${message}"`, () => expect(() => checkBatch(batch)).toThrow(new RangeError(message)));
}

test("checkBatch() accepts a batch that agrees with itself", () => {
  checkBatch({ ids, lengths, typeIds: new Int32Array(3), poolFrom: new Int32Array(2) });
});
