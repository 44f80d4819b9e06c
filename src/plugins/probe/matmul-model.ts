// A model of one MatMul as the bytes of an ONNX file: protobuf by hand, field numbers as in `onnx.proto`.

const IR_VERSION = 8;
const OPSET_VERSION = 13;
const FLOAT = 1;

/** `product = left x right`, all float32 and `[size, size]`. */
export function formatMatmulModel(size: number): Uint8Array {
  const shape = [size, size].flatMap((dim) => bytes(1, integer(1, dim)));
  const type = bytes(1, [...integer(1, FLOAT), ...bytes(2, shape)]);
  const value = (name: string): number[] => [...text(1, name), ...bytes(2, type)];
  const node = [...text(1, "left"), ...text(1, "right"), ...text(2, "product"), ...text(4, "MatMul")];
  const graph = [
    ...bytes(1, node), ...text(2, "probe"),
    ...bytes(11, value("left")), ...bytes(11, value("right")), ...bytes(12, value("product")),
  ];
  return new Uint8Array([...integer(1, IR_VERSION), ...bytes(7, graph), ...bytes(8, integer(2, OPSET_VERSION))]);
}

/** Base 128, least significant group first, the top bit of all but the last set. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}
const integer = (field: number, value: number): number[] => [...varint(field << 3), ...varint(value)];
const bytes = (field: number, value: readonly number[]): number[] => [
  ...varint((field << 3) | 2), ...varint(value.length), ...value,
];
const text = (field: number, value: string): number[] => bytes(field, [...new TextEncoder().encode(value)]);
