// Prints by how many bytes ONNX Runtime's binding lifts the floor of memory: calls of which a third fail.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNativeBuffer } from "../../../src/ffi/memory.ts";
import { openOrt } from "../../../src/ffi/ort/api.ts";
import { createCpuMemoryInfo, createEnvironment, createRunOptions, createSession } from "../../../src/ffi/ort/environment.ts";
import { OrtSession } from "../../../src/ffi/ort/session.ts";
import type { TensorInput } from "../../../src/ffi/ort/session.ts";
import { createContractModels } from "../../fixtures/contract-models.ts";
import { measureFloorGrowth } from "../../fixtures/floor-growth.ts";
import { LIBRARY_PATH } from "../../fixtures/onnxruntime.ts";

const CALLS = 12_000;

const int64 = (values: readonly number[]): TensorInput => {
  const buffer = createNativeBuffer(values.length * 8);
  values.forEach((value, i) => buffer.view.setBigInt64(i * 8, BigInt(value), true));
  return { dtype: "int64", dims: [1, values.length], buffer };
};

const folder = mkdtempSync(join(tmpdir(), "termite-ort-leak-"));
writeFileSync(join(folder, "tokens.onnx"), createContractModels().tokens);
const ort = openOrt(LIBRARY_PATH);
const address = createSession(ort, createEnvironment(ort), join(folder, "tokens.onnx"), { intraOpThreads: 1 });
rmSync(folder, { recursive: true });
const session = new OrtSession(ort, address, createCpuMemoryInfo(ort));
const runOptions = createRunOptions(ort);
let failures = 0;
const growth = measureFloorGrowth(() => {
  for (let i = 0; i < CALLS; i++) {
    const ids = i % 3 === 0 ? [1, 2, 1000] : [i % 100, 2, 3];
    const feeds = [int64(ids), int64(ids.map(() => 1)), int64(ids.map(() => 0))];
    try {
      session.run(runOptions.address, feeds, [0], () => undefined);
    } catch {
      failures += 1;
    }
  }
});
process.stdout.write(JSON.stringify({ growth, failures }));
