// What every `Backend` must do. Called for each implementation, the fake included, with a function that opens one.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend, Session } from "../../src/backends/backend.ts";
import { TermiteError } from "../../src/errors.ts";
import { POOL_MODES } from "../../src/heads/head.ts";
import type { PoolMode } from "../../src/heads/head.ts";
import type { HeadResult } from "../../src/heads/head.ts";
import { createContractModels, tokenVectors, VOCABULARY, WIDTH } from "../fixtures/contract-models.ts";
import { cosine, createBatch, MEAN, TOKENS } from "./batches.ts";

const TEXTS = [[5, 7, 11], [1, 2, 3, 4, 5, 6, 7, 8, 9], [42], [99, 0, 17, 3], Array.from({ length: 40 }, (_, i) => i)];

const rejection = async (promise: Promise<unknown>): Promise<unknown> => {
  try {
    return [await promise, "did not reject"];
  } catch (error) {
    return error;
  }
};
const failure = async (promise: Promise<unknown>): Promise<TermiteError> => {
  const error = await rejection(promise);
  expect(error).toBeInstanceOf(TermiteError);
  return error as TermiteError;
};
const rows = (result: HeadResult): number[][] => {
  if (result.kind === "sparse") throw new TypeError("a sparse result has no rows");
  const count = result.data.length / result.width;
  return Array.from({ length: count }, (_, i) => [...result.data.subarray(i * result.width, (i + 1) * result.width)]);
};

export function describeBackend(name: string, createBackend: () => Promise<Backend>): void {
  describe(`${name} backend contract`, () => {
    let folder: string;
    let backend: Backend;
    let session: Session;
    const files = createContractModels();
    const file = (model: keyof typeof files): string => join(folder, `${model}.onnx`);

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "termite-contract-"));
      for (const [model, bytes] of Object.entries(files)) await Bun.write(join(folder, `${model}.onnx`), bytes);
      backend = await createBackend();
      session = await backend.open({ graphFile: file("tokens") });
    });
    afterAll(async () => {
      await session.close();
      await backend.close();
      await rm(folder, { recursive: true });
    });

    /** How long a run took until it was rejected. */
    const runAborted = async (after: (controller: AbortController) => Promise<void>): Promise<number> => {
      const slow = await backend.open({ graphFile: file("slow") });
      const controller = new AbortController();
      const reason = new Error("the client left");
      const begun = performance.now();
      const run = rejection(slow.run(createBatch([[1, 2, 3]]), TOKENS, controller.signal));
      await after(controller);
      controller.abort(reason);
      expect(await run).toBe(reason);
      const ranMs = performance.now() - begun;
      // An engine that cannot stop a run lets it end here.
      await slow.close();
      return ranMs;
    };

    test("info names the library, its version and the device", () => {
      expect(Object.keys(backend.info).sort()).toEqual(["device", "library", "version"]);
      expect(Object.values(backend.info)).not.toContain("");
      expect(backend.runsAtOnce).toBeGreaterThanOrEqual(1);
    });

    test("facts name the inputs, the outputs and the width", () => {
      expect(session.facts.inputs).toEqual(["input_ids", "attention_mask", "token_type_ids"]);
      expect(session.facts.outputs).toEqual(["last_hidden_state"]);
      expect(session.facts.width).toBe(WIDTH);
    });

    for (const bad of ["broken", "truncated"] as const) {
      test(`open() rejects with model_load_failed when the file is ${bad}`, async () => {
        const error = await failure(backend.open({ graphFile: file(bad) }));
        expect(error.code).toBe("model_load_failed");
        expect(error.message).toMatch(/^Cannot load model: .+[^.]$/);
        expect(error.message).not.toContain(folder);
      });
    }

    test("open() rejects with model_load_failed when there is no file", async () => {
      const error = await failure(backend.open({ graphFile: join(folder, "absent.onnx") }));
      expect(error.code).toBe("model_load_failed");
      expect(error.message).not.toContain(folder);
    });

    test("open() names an input that no text can fill", async () => {
      const error = await failure(backend.open({ graphFile: file("unknownInput") }));
      expect(error.code).toBe("model_load_failed");
      expect(error.message).toBe('Cannot load model: found input "pixel_values", which no text can fill');
    });

    test("run() answers with every token's own vector when the head is tokens", async () => {
      const result = await session.run(createBatch(TEXTS), TOKENS);
      const lengths = new Int32Array(TEXTS.map((ids) => ids.length));
      expect(result).toMatchObject({ kind: "ragged", width: WIDTH, lengths });
      const expected = TEXTS.flatMap((ids) => tokenVectors(ids));
      expect(rows(result)).toHaveLength(expected.length);
      rows(result).flat().forEach((value, i) => expect(value).toBeCloseTo(expected.flat()[i] ?? NaN, 5));
    });

    test("run() feeds the batch's segment ids", async () => {
      const result = await session.run({ ...createBatch([[3, 4]]), typeIds: new Int32Array([0, 1]) }, TOKENS);
      const expected = tokenVectors([3, 4], [0, 1]).flat();
      rows(result).flat().forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
      expect(cosine(rows(result).flat(), tokenVectors([3, 4]).flat())).toBeLessThan(0.999);
    });

    for (const mode of POOL_MODES satisfies readonly PoolMode[]) {
      test(`run() gives a text the same vector alone and in a batch when the mode is ${mode}`, async () => {
        const head = { ...MEAN, modes: [mode] };
        const together = rows(await session.run(createBatch(TEXTS), head));
        expect(together).toHaveLength(TEXTS.length);
        for (const [i, ids] of TEXTS.entries()) {
          const [alone] = rows(await session.run(createBatch([ids]), head));
          expect(cosine(alone ?? [], together[i] ?? [])).toBeGreaterThanOrEqual(0.99999);
        }
      });
    }

    test("run() rejects ids out of range with one clear error, and the next run is right", async () => {
      const error = await failure(session.run(createBatch([[1, VOCABULARY + 9]]), MEAN));
      expect(error.message).toStartWith("Cannot run model: ");
      expect(error.message).toContain(String(VOCABULARY + 9));
      const [row] = rows(await session.run(createBatch([[42]]), TOKENS));
      expect(cosine(row ?? [], tokenVectors([42])[0] ?? [])).toBeGreaterThanOrEqual(0.99999);
    });

    test("run() throws a RangeError when the batch contradicts itself", async () => {
      for (const lengths of [[], [2, 0], [1, 1, 1]]) {
        const batch = { ids: new Int32Array([1, 2]), lengths: new Int32Array(lengths) };
        expect(await rejection(session.run(batch, MEAN))).toBeInstanceOf(RangeError);
      }
    });

    test("run() answers each of many runs at once with its own values", async () => {
      const createText = (i: number): number[] => (TEXTS[i % TEXTS.length] ?? []).map((id) => (id + i) % VOCABULARY);
      const texts = Array.from({ length: 100 }, (_, i) => createText(i));
      const results = await Promise.all(texts.map((ids) => session.run(createBatch([ids]), TOKENS)));
      results.forEach((result, i) => {
        expect(cosine(rows(result).flat(), tokenVectors(texts[i] ?? []).flat())).toBeGreaterThanOrEqual(0.99999);
      });
    });

    test("run() rejects with the signal's reason when it is aborted before it begins", async () => {
      const reason = new Error("gone before");
      expect(await rejection(session.run(createBatch([[1]]), MEAN, AbortSignal.abort(reason)))).toBe(reason);
    });

    test("run() stops with the signal's reason when it is aborted in the same turn", async () => {
      await runAborted(async () => {});
    });

    test("run() stops with the signal's reason when it is aborted halfway, and the next run is right", async () => {
      await runAborted(async () => await Bun.sleep(100));
      const [row] = rows(await session.run(createBatch([[7]]), TOKENS));
      expect(cosine(row ?? [], tokenVectors([7])[0] ?? [])).toBeGreaterThanOrEqual(0.99999);
    });

    test("run() ends sooner when it is aborted than when it is not", async () => {
      const slow = await backend.open({ graphFile: file("slow") });
      // The first run of an engine that compiles is longer.
      await slow.run(createBatch([[1, 2, 3]]), TOKENS);
      const begun = performance.now();
      await slow.run(createBatch([[1, 2, 3]]), TOKENS);
      const wholeMs = performance.now() - begun;
      await slow.close();
      expect(await runAborted(async () => await Bun.sleep(wholeMs / 10))).toBeLessThan(wholeMs * 0.8);
    }, 30_000);

    test("run() leaves a queued run out when it is aborted before its turn", async () => {
      const slow = await backend.open({ graphFile: file("slow") });
      const controllers = Array.from({ length: backend.runsAtOnce + 1 }, () => new AbortController());
      const runs = controllers.map((it) => rejection(slow.run(createBatch([[1]]), TOKENS, it.signal)));
      const reasons = controllers.map((_, i) => new Error(`left ${i}`));
      controllers.toReversed().forEach((it, i) => it.abort(reasons.toReversed()[i]));
      expect(await Promise.all(runs)).toEqual(reasons);
      await slow.close();
    });

    test("close() waits for runs in flight and refuses later ones", async () => {
      const own = await backend.open({ graphFile: file("tokens") });
      const runs = Array.from({ length: 20 }, () => own.run(createBatch(TEXTS), MEAN));
      await own.close();
      for (const result of await Promise.all(runs)) expect(rows(result)).toHaveLength(TEXTS.length);
      const late = await failure(own.run(createBatch([[1]]), MEAN));
      expect(late.message).toBe("Cannot run model: the session is closed");
      await own.close();
    });

    const int64 = (values: readonly number[]): { dtype: "int64"; dims: number[]; data: Uint8Array } => ({
      dtype: "int64", dims: [1, values.length], data: new Uint8Array(new BigInt64Array(values.map(BigInt)).buffer),
    });

    test("runTensors() answers with every output as it is", async () => {
      const outputs = await session.runTensors({
        input_ids: int64([3, 9]), attention_mask: int64([1, 1]), token_type_ids: int64([0, 1]),
      });
      expect(Object.keys(outputs)).toEqual(["last_hidden_state"]);
      const output = outputs["last_hidden_state"];
      expect(output).toMatchObject({ dtype: "float32", dims: [1, 2, WIDTH] });
      const values = new Float32Array((output?.data ?? new Uint8Array()).slice().buffer);
      const expected = tokenVectors([3, 9], [0, 1]).flat();
      expect(values).toHaveLength(expected.length);
      values.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 5));
    });

    test("runTensors() names a feed that the model does not have, and one that is missing", async () => {
      const feeds = { input_ids: int64([1]), attention_mask: int64([1]), token_type_ids: int64([0]) };
      const extra = await failure(session.runTensors({ ...feeds, other: int64([1]) }));
      expect(extra.message).toBe('Cannot run model: it has no input "other"');
      const missing = await failure(session.runTensors({ input_ids: int64([1]) }));
      expect(missing.message).toBe('Cannot run model: no value for input "attention_mask"');
    });
  });
}
