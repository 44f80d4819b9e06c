// Every head's StableHLO form against its TypeScript form, on the real plugin and the same token vectors.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ModuleBuilder } from "../../../src/backends/xla/convert/module-builder.ts";
import { emitHead } from "../../../src/backends/xla/heads/emit-head.ts";
import { listHeadWeights } from "../../../src/backends/xla/heads/steps.ts";
import { readHeadResult } from "../../../src/backends/xla/head-result.ts";
import { createNativeBuffer } from "../../../src/ffi/memory.ts";
import { createClient } from "../../../src/ffi/pjrt/client.ts";
import type { PjrtClient } from "../../../src/ffi/pjrt/client.ts";
import { applyHead } from "../../../src/heads/apply-head.ts";
import { POOL_MODES } from "../../../src/heads/head.ts";
import type { Activation, Head, HeadResult } from "../../../src/heads/head.ts";
import { openTestPlugin } from "../../fixtures/pjrt-plugin.ts";

const [COUNT, LENGTH, WIDTH] = [4, 6, 5];
const LENGTHS = Int32Array.of(6, 1, 3, 4);
/** All of a text, none of it, more than it has. */
const POOL_FROM = Int32Array.of(2, 1, 0, 9);
/** Padding holds what must not get into any sum. */
const VALUES = Float32Array.from({ length: COUNT * LENGTH * WIDTH }, (_, i) => {
  const isPadding = Math.floor(i / WIDTH) % LENGTH >= (LENGTHS[Math.floor(i / WIDTH / LENGTH)] ?? 0);
  return isPadding ? Number.NaN : Math.sin(i * 1.3) * 3;
});

let client: PjrtClient;
beforeAll(() => (client = createClient(openTestPlugin())));
afterAll(() => client.close());

function runHead(head: Head, poolFrom: Int32Array | undefined): HeadResult {
  const builder = new ModuleBuilder();
  const names = ["output"];
  const add = (name: string, type: "f32" | "i32", dims: readonly number[]) => {
    names.push(name);
    return builder.argument(type, dims);
  };
  const value = builder.argument("f32", [COUNT, LENGTH, WIDTH]);
  const scope = { builder, input: add, weight: add };
  const result = emitHead({ head, hasPoolFrom: poolFrom !== undefined }, scope, [{ name: "last_hidden_state", value }]);
  const executable = client.compile(builder.finish([result]).text);
  const weights = listHeadWeights(head);
  const inputs = names.map((name) => {
    if (name === "output") return upload(VALUES, "float32", [COUNT, LENGTH, WIDTH]);
    if (name === "head:lengths") return upload(LENGTHS, "int32", [COUNT]);
    if (name === "head:pool_from") return upload(poolFrom ?? LENGTHS, "int32", [COUNT]);
    const weight = weights.get(name);
    return upload(weight?.bytes ?? new Uint8Array(), "float32", weight?.dims ?? []);
  });
  const [output] = executable.execute(inputs);
  const { buffer } = output?.read().bytes ?? new Uint8Array();
  const data = new Float32Array(buffer, 0, result.dims.reduce((product, dim) => product * dim, 1));
  return readHeadResult(head.kind, { dims: result.dims, data }, { ids: new Int32Array(), lengths: LENGTHS });
}

function upload(values: ArrayBufferView, dtype: "float32" | "int32", dims: readonly number[]) {
  const buffer = createNativeBuffer(values.byteLength);
  buffer.bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return client.upload({ dtype, dims, buffer });
}

function expectSame(found: HeadResult, expected: HeadResult): void {
  expect(found.kind).toBe(expected.kind);
  if (found.kind !== "dense" && expected.kind !== "dense") expect(found.lengths).toEqual(expected.lengths);
  const [left, right] = [found, expected].map((result) => (result.kind === "sparse" ? result.values : result.data));
  expect(left?.length).toBe(right?.length as number);
  left?.forEach((value, i) => expect(value).toBeCloseTo(right?.[i] ?? Number.NaN, 5));
}

const apply = (head: Head, poolFrom: Int32Array | undefined): HeadResult =>
  applyHead(head, { dims: [COUNT, LENGTH, WIDTH], data: VALUES }, { lengths: LENGTHS, ...(poolFrom && { poolFrom }) });

describe("emitHead()", () => {
  for (const mode of POOL_MODES) {
    for (const poolFrom of [undefined, POOL_FROM]) {
      test(`pools as the TypeScript form does when the mode is ${mode}${poolFrom ? " and prompts are left out" : ""}`, () => {
        const head: Head = { kind: "pool", modes: [mode], steps: [] };
        expectSame(runHead(head, poolFrom), apply(head, poolFrom));
      });
    }
  }

  for (const activation of ["identity", "tanh", "relu", "gelu", "sigmoid", "silu"] satisfies Activation[]) {
    test(`applies a dense layer when its activation is ${activation}`, () => {
      const weight = Float32Array.from({ length: 2 * WIDTH * 3 }, (_, i) => Math.cos(i));
      const step = { kind: "dense" as const, inFeatures: 2 * WIDTH, outFeatures: 3, weight, bias: Float32Array.of(1, -2, 0.5), activation };
      const head: Head = { kind: "pool", modes: ["mean", "max"], steps: [step, { kind: "normalize" }] };
      expectSame(runHead(head, undefined), apply(head, undefined));
    });
  }

  for (const head of [
    { kind: "tokens", normalize: false }, { kind: "tokens", normalize: true }, { kind: "logits" }, { kind: "splade" },
  ] satisfies Head[]) {
    test(`answers as the TypeScript form does when the head is ${JSON.stringify(head)}`, () => {
      expectSame(runHead(head, undefined), apply(head, undefined));
    });
  }

  test("refuses outputs of which none fits", () => {
    const builder = new ModuleBuilder();
    const value = builder.argument("i64", [2, 3]);
    const scope = { builder, input: builder.argument, weight: builder.argument } as never;
    expect(() => emitHead({ head: { kind: "splade" } }, scope, [{ name: "ids", value }])).toThrow(
      'Cannot load model: found no output for "splade" among "ids" (int64, rank 2)',
    );
  });

  test("refuses a dense layer of another width", () => {
    const step = { kind: "dense" as const, inFeatures: 3, outFeatures: 1, weight: new Float32Array(3), activation: "identity" as const };
    expect(() => runHead({ kind: "pool", modes: ["mean"], steps: [step] }, undefined)).toThrow(
      new RangeError(`Cannot apply a dense layer: found ${WIDTH} values, need 3`),
    );
  });
});
