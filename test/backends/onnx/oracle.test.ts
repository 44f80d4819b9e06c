// onnxruntime-node's own JavaScript binding as the oracle: our binding of the same library must agree bit for bit.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend, Session } from "../../../src/backends/backend.ts";
import { openOnnxBackend } from "../../../src/backends/onnx/open-backend.ts";
import { disableTelemetry } from "../../../src/ffi/ort/telemetry.ts";
import type { Tensor } from "../../../src/tensor.ts";
import { createContractModels, VOCABULARY } from "../../fixtures/contract-models.ts";
import { LIBRARY_PATH } from "../../fixtures/onnxruntime.ts";

const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

describe("Session.runTensors()", () => {
  let folder: string;
  let backend: Backend;
  let session: Session;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "termite-oracle-"));
    await Bun.write(join(folder, "tokens.onnx"), createContractModels().tokens);
    backend = await openOnnxBackend({ libraryPath: LIBRARY_PATH, cores: 2 });
    session = await backend.open({ graphFile: join(folder, "tokens.onnx") });
  });
  afterAll(async () => {
    await session.close();
    await backend.close();
    await rm(folder, { recursive: true });
  });

  test("runTensors() equals onnxruntime-node bit for bit on shapes from 1x1 to 40x100", async () => {
    disableTelemetry();
    const { InferenceSession, Tensor: OracleTensor } = await import("onnxruntime-node");
    const options = { intraOpNumThreads: 2, logSeverityLevel: 4 } as const;
    const oracle = await InferenceSession.create(join(folder, "tokens.onnx"), options);
    for (const dims of [[1, 1], [1, 7], [3, 5], [40, 100]]) {
      const size = dims.reduce((product, dim) => product * dim, 1);
      const values = {
        input_ids: BigInt64Array.from({ length: size }, (_, i) => BigInt((i * 31) % VOCABULARY)),
        attention_mask: BigInt64Array.from({ length: size }, (_, i) => BigInt(i % 3 === 0 ? 0 : 1)),
        token_type_ids: BigInt64Array.from({ length: size }, (_, i) => BigInt(i % 2)),
      };
      const feed = (data: BigInt64Array): Tensor => ({ dtype: "int64", dims, data: bytes(data) });
      const feeds = Object.fromEntries(Object.entries(values).map(([name, data]) => [name, feed(data)]));
      const oracleFeeds = Object.fromEntries(
        Object.entries(values).map(([name, data]) => [name, new OracleTensor("int64", data, dims)]),
      );
      const ours = (await session.runTensors(feeds))["last_hidden_state"];
      const theirs = (await oracle.run(oracleFeeds))["last_hidden_state"];
      expect(ours?.dims).toEqual(theirs?.dims ?? []);
      expect(ours?.data).toEqual(bytes(theirs?.data as Float32Array));
      expect(ours?.data.length).toBe(size * 16);
    }
    await oracle.release();
  });
});
