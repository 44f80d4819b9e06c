// The binding on the real library, on this thread: what it reads, answers, refuses, and leaves behind.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NativeError } from "../../../src/errors.ts";
import { createNativeBuffer } from "../../../src/ffi/memory.ts";
import type { Address } from "../../../src/ffi/memory.ts";
import { openOrt } from "../../../src/ffi/ort/api.ts";
import {
  createCpuMemoryInfo, createEnvironment, createRunOptions, createSession, setTerminate, unsetTerminate,
} from "../../../src/ffi/ort/environment.ts";
import { OrtSession } from "../../../src/ffi/ort/session.ts";
import type { TensorInput } from "../../../src/ffi/ort/session.ts";
import { createContractModels, TOKEN_INPUTS, tokenVectors, WIDTH } from "../../fixtures/contract-models.ts";
import { LIBRARY_PATH } from "../../fixtures/onnxruntime.ts";

const int64 = (rows: number, values: readonly number[]): TensorInput => {
  const buffer = createNativeBuffer(values.length * 8);
  values.forEach((value, i) => buffer.view.setBigInt64(i * 8, BigInt(value), true));
  return { dtype: "int64", dims: [rows, values.length / rows], buffer };
};
const tokenFeeds = (ids: readonly number[]): TensorInput[] => [
  int64(1, ids), int64(1, ids.map(() => 1)), int64(1, ids.map(() => 0)),
];
const thrown = (run: () => unknown): NativeError => {
  try {
    run();
  } catch (error) {
    if (error instanceof NativeError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe("ffi/ort", () => {
  const ort = openOrt(LIBRARY_PATH);
  const environment = createEnvironment(ort);
  const memoryInfo = createCpuMemoryInfo(ort);
  const runOptions = createRunOptions(ort);
  let folder: string;
  let address: Address;
  let session: OrtSession;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "termite-ort-"));
    const models = createContractModels();
    await Bun.write(join(folder, "tokens.onnx"), models.tokens);
    await Bun.write(join(folder, "broken.onnx"), models.broken);
    address = createSession(ort, environment, join(folder, "tokens.onnx"), { intraOpThreads: 1 });
    session = new OrtSession(ort, address, memoryInfo);
  });
  afterAll(async () => {
    ort.functions.ReleaseSession(address);
    runOptions.release();
    ort.functions.ReleaseMemoryInfo(memoryInfo);
    ort.functions.ReleaseEnv(environment);
    await rm(folder, { recursive: true });
  });
  const run = (ids: readonly number[]): number[] =>
    session.run(runOptions.address, tokenFeeds(ids), [0], ([output]) => {
      return [...new Float32Array(output?.memory ?? new ArrayBuffer(0))];
    });

  test("openOrt() reads the library's version", () => {
    expect(ort.version).toBe("1.30.0");
  });

  test("openOrt() throws NativeError when the file is no library", () => {
    const error = thrown(() => openOrt(join(folder, "broken.onnx")));
    expect(error.library).toBe("onnxruntime");
    expect(error.message).toBe("Cannot open ONNX Runtime: file too short");
    expect((error.cause as Error).message).toContain(join(folder, "broken.onnx"));
  });

  test("createSession() throws the library's own code and words when the file is missing or broken", () => {
    const missing = thrown(() => createSession(ort, environment, join(folder, "absent.onnx"), { intraOpThreads: 1 }));
    expect([missing.nativeStatus, missing.code]).toEqual([3, "native"]);
    const broken = thrown(() => createSession(ort, environment, join(folder, "broken.onnx"), { intraOpThreads: 1 }));
    expect(broken.nativeStatus).toBe(7);
    expect(broken.message).toBe(`Load model from ${join(folder, "broken.onnx")} failed:Protobuf parsing failed.`);
  });

  test("OrtSession reads names, dtypes and shapes, free dimensions as -1", () => {
    expect(session.inputs).toEqual(TOKEN_INPUTS.map(({ name }) => ({ name, dtype: "int64", dims: [-1, -1] })));
    expect(session.outputs).toEqual([{ name: "last_hidden_state", dtype: "float32", dims: [-1, -1, WIDTH] }]);
  });

  test("run() answers with the graph's arithmetic, and the same again after garbage collection", () => {
    const expected = tokenVectors([4, 8, 15]).flat();
    for (let i = 0; i < 3; i++) {
      run([4, 8, 15]).forEach((value, k) => expect(value).toBeCloseTo(expected[k] ?? Number.NaN, 5));
      Bun.gc(true);
    }
  });

  test("run() throws when the library refuses, and the next run is right", () => {
    const error = thrown(() => run([4, 100]));
    expect(error.nativeStatus).toBe(2);
    expect(error.message).toContain("indices element out of data bounds, idx=100");
    expect(run([7])[0]).toBeCloseTo(tokenVectors([7])[0]?.[0] ?? Number.NaN, 5);
  });

  test("run() throws when the buffer is smaller than the shape says", () => {
    const [ids, ...rest] = tokenFeeds([1, 2]);
    const short = { ...(ids as TensorInput), dims: [1, 20] };
    expect(() => session.run(runOptions.address, [short, ...rest], [0], () => null)).toThrow(
      new RangeError("Cannot pass a tensor: found 16 bytes, need 160"),
    );
  });

  test("setTerminate() ends the next run until unsetTerminate() clears it", () => {
    setTerminate(ort, runOptions.address);
    const error = thrown(() => run([1]));
    expect(error.message).toContain("terminate");
    unsetTerminate(ort, runOptions.address);
    expect(run([1])).toHaveLength(WIDTH);
  });
});
