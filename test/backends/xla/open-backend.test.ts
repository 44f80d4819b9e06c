// What the contract leaves open: buckets, the cache of compiled programs, bounds, and what a plugin refuses.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend, ModelSource, Session } from "../../../src/backends/backend.ts";
import { openDiskCache } from "../../../src/backends/xla/disk-cache.ts";
import { openXlaBackend } from "../../../src/backends/xla/open-backend.ts";
import type { XlaBackendOptions } from "../../../src/backends/xla/open-backend.ts";
import { NativeError } from "../../../src/errors.ts";
import { applyHead } from "../../../src/heads/apply-head.ts";
import type { HeadResult, PoolHead } from "../../../src/heads/head.ts";
import { cosine, createBatch, MEAN, TOKENS } from "../../contract/batches.ts";
import { createContractModels, TOKEN_INITIALIZERS, TOKEN_INPUTS, TOKEN_NODES, TOKEN_OUTPUT, tokenVectors, WIDTH } from "../../fixtures/contract-models.ts";
import { formatOnnx } from "../../fixtures/onnx-writer.ts";
import type { OnnxInitializer, OnnxValue } from "../../fixtures/onnx-writer.ts";
import { openTestPlugin, PLUGIN_PATH } from "../../fixtures/pjrt-plugin.ts";

// Compilers are slow on a busy machine.
setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "termite-xla-"));
const cacheFolder = join(folder, "cache");
const tokensFile = join(folder, "tokens.onnx");

beforeAll(() => {
  openTestPlugin();
  writeFileSync(tokensFile, createContractModels().tokens);
});
afterAll(() => rmSync(folder, { recursive: true }));

const backends: Backend[] = [];
afterEach(async () => {
  for (const backend of backends.splice(0)) await backend.close();
});

async function open(options: Partial<XlaBackendOptions> = {}): Promise<Backend> {
  const backend = await openXlaBackend({ libraryPath: PLUGIN_PATH, target: "xla:cpu", cores: 2, cacheFolder, ...options });
  backends.push(backend);
  return backend;
}

const useModel = async (source: Partial<ModelSource>, use: (session: Session) => Promise<void>, options?: Partial<XlaBackendOptions>): Promise<void> => {
  const session = await (await open(options)).open({ graphFile: tokensFile, maxTokens: 64, ...source });
  try {
    await use(session);
  } finally {
    await session.close();
  }
};

const waitFor = async (isTrue: () => boolean): Promise<void> => {
  for (let i = 0; i < 500 && !isTrue(); i++) await Bun.sleep(50);
  expect(isTrue()).toBe(true);
};
const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(() => new Error("did not reject"), (error: Error) => error);
const dataOf = (result: HeadResult): Float32Array => (result.kind === "sparse" ? result.values : result.data);
const createTexts = (count: number): number[][] =>
  Array.from({ length: count }, (_, i) => Array.from({ length: 1 + ((i * 23) % 60) }, (_, token) => (i * 7 + token) % 100));

describe("openXlaBackend()", () => {
  test("answers a batch that no bucket holds, in the order of its texts", () => useModel({}, async (session) => {
    const texts = createTexts(45);
    const result = await session.run(createBatch(texts), TOKENS);
    expect(result.kind === "ragged" && [...result.lengths]).toEqual(texts.map(({ length }) => length));
    expect(cosine(dataOf(result), texts.flatMap((ids) => tokenVectors(ids).flat()))).toBeGreaterThan(0.999999);
  }));

  test("answers texts that are longer than every bucket", () => useModel({ maxTokens: undefined }, async (session) => {
    const ids = Array.from({ length: 700 }, (_, i) => (i * 13) % 100);
    const result = await session.run(createBatch([ids, [5]]), TOKENS);
    expect(cosine(dataOf(result), [...tokenVectors(ids), ...tokenVectors([5])].flat())).toBeGreaterThan(0.99999);
  }));

  test("leaves prompts out where a text has one", () => useModel({}, async (session) => {
    const texts = [[3, 4, 5, 6], [9, 8, 7]];
    const data = new Float32Array(2 * 4 * WIDTH);
    texts.forEach((ids, row) => data.set(tokenVectors(ids).flat(), row * 4 * WIDTH));
    for (const mode of ["mean", "cls"] as const) {
      const head: PoolHead = { kind: "pool", modes: [mode], steps: [{ kind: "normalize" }] };
      for (const poolFrom of [Int32Array.of(2, 0), Int32Array.of(0, 0)]) {
        const batch = { ...createBatch(texts), poolFrom };
        const expected = dataOf(applyHead(head, { dims: [2, 4, WIDTH], data }, batch));
        dataOf(await session.run(batch, head)).forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 5));
      }
    }
  }));

  test("says its buckets, and how many are ready", () => useModel({ programs: [MEAN] }, async (session) => {
    expect(session.facts.buckets?.at(-1)).toEqual({ batch: 16, length: 32 });
    await session.run(createBatch([[1, 2]]), MEAN);
    const { weightBytes, ready, planned, programBytes } = session.stats?.() ?? {};
    expect(planned).toBe(session.facts.buckets?.length);
    expect(ready).toBeGreaterThanOrEqual(1);
    // The table of two segments is small enough to stand in the programs.
    expect(weightBytes).toBe(100 * WIDTH * 4);
    expect(programBytes).toBeGreaterThan(0);
  }));

  test("compiles every bucket while nothing runs", () => useModel({ maxTokens: 32, programs: [MEAN] }, async (session) => {
    const isReady = (): boolean => session.stats?.().ready === session.facts.buckets?.length;
    for (let i = 0; i < 500 && !isReady(); i++) await Bun.sleep(50);
    expect(isReady()).toBe(true);
  }));

  test("names a segment id that has no row", () => useModel({}, async (session) => {
    const error = await failure(session.run({ ...createBatch([[1, 2]]), typeIds: Int32Array.of(0, 2) }, MEAN));
    expect(error.message).toBe("Cannot run model: found segment id 2, its table has 2 rows");
  }));

  test("rejects a run that is aborted while its program is compiled", () => useModel({}, async (session) => {
    const controller = new AbortController();
    const reason = new Error("gone");
    const run = failure(session.run(createBatch([[1, 2, 3]]), { ...MEAN }, controller.signal));
    await Bun.sleep(1);
    controller.abort(reason);
    expect(await run).toBe(reason);
    expect(dataOf(await session.run(createBatch([[42]]), MEAN)).length).toBe(WIDTH);
  }));

  test("refuses a model whose weights are larger than its memory", async () => {
    const backend = await open({ memoryBytes: 1000 });
    const error = await failure(backend.open({ graphFile: tokensFile }));
    expect(error.message).toBe("Cannot load model: found 1.6 kB of weights, 1.0 kB of the engine's memory are free");
  });

  test("rejects with NativeError when the plugin is not there", async () => {
    const error = await failure(openXlaBackend({ libraryPath: "/nowhere/plugin.so", target: "xla:cpu", cores: 1, cacheFolder }));
    expect(error).toBeInstanceOf(NativeError);
    expect(error.message).toBe("Cannot open the PJRT plugin: cannot open shared object file: No such file or directory");
  });

  test("does without options and flags that the plugin does not know", () => useModel({}, async (session) => {
    expect(dataOf(await session.run(createBatch([[42]]), MEAN)).length).toBe(WIDTH);
  }, { clientOptions: { no_such_option: { type: "i64", value: 1 } }, compilerFlags: { xla_no_such_flag: true } }));

  test("warns once of a folder that cannot be written, and serves", () => {
    const warnings: string[][] = [];
    const file = join(folder, "file");
    writeFileSync(file, "");
    const options = { cacheFolder: join(file, "xla"), onWarning: (...words: string[]) => void warnings.push(words) };
    return useModel({}, async (session) => {
      for (const batch of [[[1, 2]], Array.from({ length: 16 }, () => [1])]) await session.run(createBatch(batch), MEAN);
      await waitFor(() => (session.stats?.().ready ?? 0) > 1);
      const message = "compiled programs are not kept on disk: each start compiles them again";
      expect(warnings).toEqual([[message, expect.stringMatching(/^ENOTDIR: /)]]);
    }, options);
  });

  test("goes on without programs that cannot be compiled, and warns of each", async () => {
    // Positions for 24 tokens: where a text is longer, shapes do not fit.
    const graphFile = join(folder, "short.onnx");
    const floats = (name: string, rows: number): OnnxInitializer => {
      return { name, element: "float32", dims: [rows, WIDTH], values: Array.from({ length: rows * WIDTH }, (_, i) => i % 7) };
    };
    const long = (name: string, value: number): OnnxInitializer => ({ name, element: "int64", dims: [1], values: [value] });
    await Bun.write(graphFile, formatOnnx({
      nodes: [
        { op: "Shape", inputs: ["input_ids"], outputs: ["shape"] }, { op: "Gather", inputs: ["shape", "one"], outputs: ["length"] },
        { op: "Slice", inputs: ["positions", "zero", "length"], outputs: ["own"] },
        { op: "Gather", inputs: ["table", "input_ids"], outputs: ["words"] }, { op: "Add", inputs: ["words", "own"], outputs: ["last_hidden_state"] },
      ],
      inputs: TOKEN_INPUTS.slice(0, 1), outputs: [TOKEN_OUTPUT],
      initializers: [floats("table", 100), floats("positions", 24), long("zero", 0), long("one", 1)],
    }));
    const warnings: string[] = [];
    await useModel({ graphFile, programs: [MEAN] }, async (session) => {
      const counts = (): unknown[] => [session.stats?.().ready, session.stats?.().planned];
      await waitFor(() => session.stats?.().planned === 5 && session.stats().ready === 5);
      const error = await failure(session.run(createBatch([Array.from({ length: 20 }, () => 1)]), MEAN));
      expect(error.message).toBe("Cannot load model: operator \"Add\" of opset 17: found shapes that do not fit: [1, 32, 4] and [24, 4]");
      expect(dataOf(await session.run(createBatch([[1, 2]]), MEAN)).length).toBe(WIDTH);
      expect(counts()).toEqual([5, 5]);
      expect(warnings).toContain("the program for batches of 1 x 32 tokens cannot be compiled");
    }, { onWarning: (message) => void warnings.push(message) });
  });

  test("closes a model while its programs are loaded from disk", async () => {
    const warnings: string[] = [];
    const options = { cacheFolder: join(folder, "filled"), onWarning: (message: string) => void warnings.push(message) };
    await useModel({ maxTokens: 32, programs: [MEAN] }, (session) => {
      return waitFor(() => session.stats?.().ready === session.facts.buckets?.length);
    }, options);
    const backend = await open(options);
    for (let times = 0; times < 5; times++) {
      const session = await backend.open({ graphFile: tokensFile, maxTokens: 32, programs: [MEAN] });
      await Bun.sleep(times);
      await session.close();
    }
    await useModel({}, async (session) => {
      expect(dataOf(await session.run(createBatch([[42]]), MEAN)).length).toBe(WIDTH);
    }, options);
    expect(warnings).toEqual([]);
  });

  test("counts no memory where the plugin does not", async () => {
    expect(await (await open()).memory?.()).toBeUndefined();
  });
});

describe("graphs of fixed shapes", () => {
  const fixed = async (dims: OnnxValue["dims"]): Promise<string> => {
    const path = join(folder, `fixed-${dims.join("-")}.onnx`);
    const inputs = TOKEN_INPUTS.map((input) => ({ ...input, dims }));
    await Bun.write(path, formatOnnx({ nodes: TOKEN_NODES, inputs, outputs: [TOKEN_OUTPUT], initializers: TOKEN_INITIALIZERS }));
    return path;
  };

  test("run() pads to the graph's fixed length and refuses a longer text", async () => {
    const graphFile = await fixed(["b", 8]);
    await useModel({ graphFile, maxTokens: 8 }, async (session) => {
      const result = await session.run(createBatch([[1, 2, 3], [4]]), TOKENS);
      expect(cosine(dataOf(result), [...tokenVectors([1, 2, 3]), ...tokenVectors([4])].flat())).toBeGreaterThan(0.99999);
      expect((await failure(session.run(createBatch([createTexts(2)[1] ?? []]), TOKENS))).message).toBe(
        "Cannot run batch: found a text of 24 tokens, its graph is fixed to 8",
      );
    });
  });

  test("open() refuses a fixed batch", async () => {
    const error = await failure((await open()).open({ graphFile: await fixed([2, 8]) }));
    expect(error.message).toBe('Cannot load model: found input "input_ids" fixed to 2 texts at once, need any number');
  });
});

describe("the cache on disk", () => {
  const own = join(folder, "own");
  const listKeys = (): string[] => readdirSync(own).filter((name) => name.endsWith(".xla")).map((name) => name.slice(0, -4)).sort();
  const runOnce = (): Promise<void> => useModel({}, async (session) => {
    const result = await session.run(createBatch([[3, 1, 4]]), TOKENS);
    expect(cosine(dataOf(result), tokenVectors([3, 1, 4]).flat())).toBeGreaterThan(0.99999);
  }, { cacheFolder: own });

  test("is filled once, and its order is kept", async () => {
    await runOnce();
    const keys = listKeys();
    expect(keys.length).toBeGreaterThanOrEqual(1);
    expect(readdirSync(own).filter((name) => name.endsWith(".order.json"))).toHaveLength(1);
    await backends.pop()?.close();
    await runOnce();
    expect(listKeys()).toEqual(expect.arrayContaining(keys));
  });

  test("heals where an entry is damaged, and where the plugin refuses one", async () => {
    await runOnce();
    const cache = openDiskCache({ folder: own, maxBytes: 1e9 });
    for (const damage of [
      (key: string) => writeFileSync(join(own, `${key}.xla`), "nonsense"),
      (key: string) => cache.write(key, new TextEncoder().encode("not a program")),
    ]) {
      const keys = listKeys();
      keys.forEach(damage);
      await runOnce();
      expect(keys.some((key) => (cache.find(key)?.length ?? 0) > 100)).toBe(true);
    }
  });

  test("is done without where it cannot be written", async () => {
    writeFileSync(join(folder, "file"), "");
    await useModel({}, async (session) => {
      expect(dataOf(await session.run(createBatch([[42]]), MEAN)).length).toBe(WIDTH);
    }, { cacheFolder: join(folder, "file", "xla") });
  });
});
