// Bounds of batches that nothing changes, for tests of what is done within them.
import { CPU_BATCHES } from "../../src/scheduler/batches/batch-bounds.ts";
import { BatchesByModel } from "../../src/scheduler/batches/model-batches.ts";
import { createTestLog } from "../fixtures/test-runner.ts";

export function createFixedBatches(maxItems: number, maxBatchTokens = 1024): BatchesByModel {
  return new BatchesByModel({ ...CPU_BATCHES, maxItems, maxBatchTokens, log: createTestLog().log });
}
