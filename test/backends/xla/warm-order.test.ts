// The order in which buckets are compiled, from one start to the next.
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readWarmOrder, warmOrderFile, writeWarmOrder } from "../../../src/backends/xla/warm-order.ts";

test("readWarmOrder() gives what was written, and nothing for what is missing or no order", () => {
  const folder = mkdtempSync(join(tmpdir(), "termite-order-"));
  const path = warmOrderFile(join(folder, "xla"), "key");
  expect(readWarmOrder(path)).toEqual([]);
  writeWarmOrder(path, [{ batch: 8, length: 32 }, { batch: 1, length: 16 }]);
  expect(readWarmOrder(path)).toEqual([{ batch: 8, length: 32 }, { batch: 1, length: 16 }]);
  expect(readdirSync(join(folder, "xla"))).toEqual(["key.order.json"]);
  for (const text of ["", "{}", "[1]", '[{"batch":-1,"length":2}]', '[{"batch":1,"length":1e99}]']) {
    writeFileSync(path, text);
    expect(readWarmOrder(path)).toEqual([]);
  }
  rmSync(folder, { recursive: true });
});
