// A model's two sessions over one mapped file: the same numbers whichever runs, nothing left behind, and a file that is
// replaced meanwhile stays the one that was opened.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, truncateSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend, Session } from "../../../src/backends/backend.ts";
import { ArenaShrinker, prepareArena } from "../../../src/backends/onnx/arena-shrinker.ts";
import { CpuModels } from "../../../src/backends/onnx/cpu-model.ts";
import { openOnnxBackend } from "../../../src/backends/onnx/open-backend.ts";
import { openOrt } from "../../../src/ffi/ort/api.ts";
import { createCpuMemoryInfo, createEnvironment, createRunOptions, createSession } from "../../../src/ffi/ort/environment.ts";
import { createNativeBuffer } from "../../../src/ffi/memory.ts";
import { OrtSession } from "../../../src/ffi/ort/session.ts";
import { createBatch, TOKENS } from "../../contract/batches.ts";
import { LIBRARY_PATH } from "../../fixtures/onnxruntime.ts";
import { formatOnnx } from "../../fixtures/onnx-writer.ts";
import { createWeightyModel, WEIGHTY_VOCABULARY } from "../../fixtures/weighty-model.ts";

const TEXTS = Array.from({ length: 40 }, (_, i) => Array.from({ length: 1 + (i % 7) }, (_unused, j) => (i * 31 + j * 17) % WEIGHTY_VOCABULARY));
const runOne = async (session: Session, ids: readonly number[]): Promise<number[]> => {
  const result = await session.run(createBatch([[...ids]]), TOKENS);
  return result.kind === "sparse" ? [] : [...result.data];
};
const countMappings = (path: string): number => readFileSync("/proc/self/maps", "utf8").split("\n").filter((line) => line.endsWith(path)).length;

describe.skipIf(process.platform !== "linux")("a model on the CPU", () => {
  let folder: string;
  let backend: Backend;
  const file = (name: string): string => join(folder, name);
  const write = (name: string, seed: number): Promise<number> => Bun.write(file(name), createWeightyModel(seed));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "termite-cpu-model-"));
    backend = await openOnnxBackend({ libraryPath: LIBRARY_PATH, cores: 2 });
  });
  afterAll(async () => {
    await backend.close();
    await rm(folder, { recursive: true });
  });

  test("answers bit for bit the same alone and beside others, and lets go of its file", async () => {
    await write("both.onnx", 0);
    const session = await backend.open({ graphFile: file("both.onnx") });
    const alone: number[][] = [];
    for (const text of TEXTS) alone.push(await runOne(session, text));
    for (let round = 0; round < 5; round++) {
      expect(await Promise.all(TEXTS.map((text) => runOne(session, text)))).toEqual(alone);
    }
    expect(countMappings("both.onnx")).toBe(1);
    await session.close();
    expect(countMappings("both.onnx")).toBe(0);
  });

  test("stays the file that was opened when another takes its name before the second session is there", async () => {
    await write("old.onnx", 0);
    await write("new.onnx", 5);
    const session = await backend.open({ graphFile: file("old.onnx") });
    const before = await runOne(session, [7]);
    await rename(file("new.onnx"), file("old.onnx"));
    // As many at once as want a core each, again and again: the second session is open by then.
    for (let round = 0; round < 5; round++) {
      const found = await Promise.all(TEXTS.map(() => runOne(session, [7])));
      expect(found.every((vector) => String(vector) === String(before))).toBe(true);
    }
    const other = await backend.open({ graphFile: file("old.onnx") });
    expect(await runOne(other, [7])).not.toEqual(before);
    await Promise.all([session.close(), other.close()]);
  });

  test("closes while its second session is being opened", async () => {
    await write("closing.onnx", 0);
    for (let round = 0; round < 20; round++) {
      const session = await backend.open({ graphFile: file("closing.onnx") });
      const runs = TEXTS.slice(0, 3).map((text) => runOne(session, text));
      await session.close();
      expect((await Promise.all(runs)).every((vector) => vector.length > 0)).toBe(true);
    }
    expect(countMappings("closing.onnx")).toBe(0);
  });
});

describe("CpuModels and ArenaShrinker", () => {
  const ort = openOrt(LIBRARY_PATH);
  const environment = createEnvironment(ort);
  const memoryInfo = createCpuMemoryInfo(ort);
  let folder: string;
  beforeAll(async () => {
    prepareArena(ort, environment, memoryInfo);
    folder = await mkdtemp(join(tmpdir(), "termite-cpu-models-"));
  });
  afterAll(async () => {
    ort.functions.ReleaseMemoryInfo(memoryInfo);
    ort.functions.ReleaseEnv(environment);
    await rm(folder, { recursive: true });
  });

  test("open() gives ONNX Runtime's own words for a file that is none, and leaves it unmapped", async () => {
    const path = join(folder, "broken.onnx");
    await Bun.write(path, createWeightyModel().subarray(0, 100_000));
    const models = new CpuModels({ ort, environment, memoryInfo }, 1);
    expect(() => models.open(path)).toThrow("Protobuf parsing failed");
    expect(() => models.open(join(folder, "absent.onnx"))).toThrow("File doesn't exist");
    truncateSync(path, 5e9);
    expect(() => models.open(path)).toThrow("Protobuf parsing failed");
    if (process.platform === "linux") expect(countMappings("broken.onnx")).toBe(0);
  });

  test.skipIf(process.platform !== "linux")("shrink() gives back what a large run has used", async () => {
    const path = join(folder, "wide.onnx");
    const dims = ["rows", "columns"];
    await Bun.write(path, formatOnnx({
      inputs: [{ name: "x", element: "float32", dims }],
      nodes: [{ op: "Exp", inputs: ["x"], outputs: ["e"] }, { op: "Neg", inputs: ["e"], outputs: ["y"] }],
      outputs: [{ name: "y", element: "float32", dims }],
    }));
    const address = createSession(ort, environment, path, { intraOpThreads: 1, sharesArena: true });
    const [runOptions, shrinker] = [createRunOptions(ort), new ArenaShrinker(ort, environment, memoryInfo)];
    const session = new OrtSession(ort, address, memoryInfo);
    const rows = 16_384;
    const buffer = createNativeBuffer(rows * 1024 * 4);
    const readRssMb = (): number => Number(readFileSync("/proc/self/statm", "utf8").split(" ")[1]) * 4096 / 1e6;
    const before = readRssMb();
    session.run(runOptions.address, [{ dtype: "float32", dims: [rows, 1024], buffer }], [0], () => undefined);
    const held = readRssMb();
    shrinker.shrink();
    const after = readRssMb();
    // One result of 67 MB at least, which the arena keeps.
    expect(held - before).toBeGreaterThan(60);
    expect(held - after).toBeGreaterThan(60);
    shrinker.release();
    runOptions.release();
    ort.functions.ReleaseSession(address);
  });
});
