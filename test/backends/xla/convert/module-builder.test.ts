import { describe, expect, test } from "bun:test";
import { reduceWith, whileLoop } from "../../../../src/backends/xla/convert/control.ts";
import { resolveAxis, resolveCommonDims } from "../../../../src/backends/xla/convert/dims.ts";
import { dot } from "../../../../src/backends/xla/convert/dot.ts";
import { sort, take } from "../../../../src/backends/xla/convert/indexing.ts";
import { formatDense, formatNumber } from "../../../../src/backends/xla/convert/mlir-text.ts";
import { ModuleBuilder } from "../../../../src/backends/xla/convert/module-builder.ts";
import { convolve } from "../../../../src/backends/xla/convert/windows.ts";

const bytesOf = (array: ArrayBufferView): Uint8Array => new Uint8Array(array.buffer);

describe("ModuleBuilder", () => {
  test("writes a module with its constants first and shared", () => {
    const builder = new ModuleBuilder();
    const x = builder.argument("f32", [2, 3]);
    const one = builder.combine("add", x, builder.scalar("f32", 1));
    const two = builder.combine("multiply", one, builder.scalar("f32", 1));
    const { text, outputs } = builder.finish([dot(builder, two, x, { contracting: [[1], [1]] })]);
    expect(text).toBe(`module @model {
  func.func public @main(%arg0: tensor<2x3xf32>) -> (tensor<2x2xf32>) {
    %c0 = stablehlo.constant dense<0x3F800000> : tensor<f32>
    %0 = stablehlo.broadcast_in_dim %c0, dims = [] : (tensor<f32>) -> tensor<2x3xf32>
    %1 = stablehlo.add %arg0, %0 : tensor<2x3xf32>
    %2 = stablehlo.broadcast_in_dim %c0, dims = [] : (tensor<f32>) -> tensor<2x3xf32>
    %3 = stablehlo.multiply %1, %2 : tensor<2x3xf32>
    %4 = stablehlo.dot_general %3, %arg0, contracting_dims = [1] x [1], precision = [HIGHEST, HIGHEST] : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x2xf32>
    return %4 : tensor<2x2xf32>
  }
}
`);
    expect(outputs).toEqual([{ type: "f32", dims: [2, 2] }]);
    expect(builder.operations).toBe(5);
  });

  test("emits nothing for what changes nothing", () => {
    const builder = new ModuleBuilder();
    const x = builder.argument("i64", [2, 3]);
    expect([
      builder.reshape(x, [2, 3]), builder.transpose(x, [0, 1]), builder.broadcastTo(x, [2, 3]), builder.convert(x, "i64"),
      builder.slice(x, [0, 0], [2, 3]), builder.concatenate([x], 0),
    ]).toEqual([x, x, x, x, x, x]);
    expect(builder.operations).toBe(0);
  });

  test("knows the dims of every result", () => {
    const builder = new ModuleBuilder();
    const x = builder.argument("f32", [2, 5, 4]);
    const zero = builder.scalar("f32", 0);
    const [sum] = reduceWith(builder, [{ x, init: zero }], [1], ([a], [b]) => (a && b ? [builder.binary("add", a, b)] : []));
    const image = builder.argument("f32", [1, 4, 9, 9]);
    expect([
      builder.transpose(x, [2, 0, 1]), builder.slice(x, [0, 1, 0], [2, 5, 4], [1, 2, 3]), builder.reduce("add", x, zero, [0, 2]),
      builder.pad(x, zero, { low: [1, 0, -1], high: [0, 2, 0], interior: [0, 1, 0] }), builder.concatenate([x, x], 1),
      builder.select(builder.compare("LT", x, zero), x, zero), take(builder, x, builder.argument("i32", [7, 3]), 1), sum,
      convolve(builder, image, builder.argument("f32", [8, 2, 3, 3]), { strides: [2, 1], pads: [[1, 1], [0, 0]], groups: 2 }),
      dot(builder, x, x, { batching: [[0], [0]], contracting: [[2], [2]] }),
    ].map((value) => value?.dims)).toEqual([
      [4, 2, 5], [2, 2, 2], [5], [3, 11, 3], [2, 10, 4], [2, 5, 4], [2, 7, 3, 4], [2, 4], [1, 8, 5, 7], [2, 5, 5],
    ]);
  });

  test("puts what a region emits into it, its constants before everything", () => {
    const builder = new ModuleBuilder();
    const start = builder.argument("i32", []);
    const [end] = whileLoop(builder, [start], {
      condition: ([i]) => builder.compare("LT", i ?? start, builder.scalar("i32", 9)),
      body: ([i]) => [builder.binary("add", i ?? start, builder.scalar("i32", 2))],
    });
    const { text } = builder.finish(end ? [end] : []);
    expect(text.split("\n").slice(2).map((line) => line.trim())).toEqual([
      "%c0 = stablehlo.constant dense<9> : tensor<i32>",
      "%c1 = stablehlo.constant dense<2> : tensor<i32>",
      '%4 = "stablehlo.while"(%arg0) ({', "^bb0(%0: tensor<i32>):",
      "%1 = stablehlo.compare LT, %0, %c0, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>", "stablehlo.return %1 : tensor<i1>",
      "}, {", "^bb0(%2: tensor<i32>):", "%3 = stablehlo.add %2, %c1 : tensor<i32>", "stablehlo.return %3 : tensor<i32>",
      "}) : (tensor<i32>) -> tensor<i32>", "return %4 : tensor<i32>", "}", "}", "",
    ]);
  });

  test("gives several results their own names", () => {
    const builder = new ModuleBuilder();
    const [x, y] = [builder.argument("f32", [3]), builder.argument("i64", [3])];
    const sorted = sort(builder, [x, y], 0, ([a = x, b = x]) => builder.compare("LT", a, b));
    expect(sorted.map(({ id, type }) => `${id} ${type}`)).toEqual(["%5#0 f32", "%5#1 i64"]);
  });

  test.each([
    ["f32", "HIGHEST", "f32"], ["tf32", "DEFAULT", "f32"], ["bf16", "DEFAULT", "bf16"], ["f16", "DEFAULT", "f16"],
  ] as const)("multiplies under %s with precision %s and operands of %s", (asked, precision, operand) => {
    const builder = new ModuleBuilder(asked);
    const x = builder.argument("f32", [2, 2]);
    const { text } = builder.finish([dot(builder, x, x, { contracting: [[1], [0]] })]);
    expect(text).toContain(`precision = [${precision}, ${precision}] : (tensor<2x2x${operand}>, tensor<2x2x${operand}>) -> tensor<2x2xf32>`);
  });
});

describe("formatDense()", () => {
  test.each([
    ["f32", [2], bytesOf(Float32Array.of(1, 2)), 'dense<"0x0000803f00000040">'],
    ["f32", [2], bytesOf(Float32Array.of(1, 1)), "dense<0x3F800000>"],
    ["f32", [], bytesOf(Float32Array.of(Number.NaN)), "dense<0x7FC00000>"],
    ["i64", [2], bytesOf(BigInt64Array.of(-1n, -1n)), "dense<-1>"],
    ["ui64", [], bytesOf(BigUint64Array.of(2n ** 64n - 1n)), "dense<18446744073709551615>"],
    ["i4", [2], Uint8Array.of(0xff, 0xff), "dense<-1>"],
    ["i1", [2, 2], Uint8Array.of(1, 0, 1, 1), "dense<[[true, false], [true, true]]>"],
    ["i1", [2], Uint8Array.of(0, 0), "dense<false>"],
    ["f64", [0, 3], new Uint8Array(), "dense<>"],
  ] as const)("writes %s of %o", (type, dims, bytes, text) => expect(formatDense(type, dims, bytes)).toBe(text));
});

test.each([
  ["f32", -Infinity, "0xFF800000"], ["f16", 1.5, "0x3E00"], ["bf16", 1.01, "0x3F81"], ["bf16", Number.NaN, "0x7FC0"], ["f64", 1, "0x3FF0000000000000"],
  ["i64", -(2n ** 63n), "-9223372036854775808"], ["i1", 2, "true"],
] as const)("formatNumber() writes %s %p as %s", (type, value, text) => expect(formatNumber(type, value)).toBe(text));

describe("resolveCommonDims()", () => {
  test("stretches as numpy does", () => {
    expect([resolveCommonDims([[2, 1, 3], [4, 1]]), resolveCommonDims([[], [5]]), resolveCommonDims([[0, 1], [1, 4]])]).toEqual([[2, 4, 3], [5], [0, 4]]);
  });

  test("throws when sizes differ", () => {
    expect(() => resolveCommonDims([[2, 3], [4]])).toThrow("found shapes that do not fit: [2, 3] and [4]");
  });
});

test("resolveAxis() throws outside of the rank", () => {
  expect([resolveAxis(-1, 3), resolveAxis(0, 3)]).toEqual([2, 0]);
  expect(() => resolveAxis(3, 3)).toThrow("found axis 3 of a tensor of rank 3");
});
