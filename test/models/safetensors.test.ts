import { describe, expect, test } from "bun:test";
import { findFloatTensor } from "../../src/models/safetensors.ts";
import { float32Bytes, formatSafetensors } from "./model-folder.ts";

const VALUES = [0, -1.5, 2, 0.25, -0.125, 3];
const bfloat16Bytes = (values: readonly number[]) =>
  new Uint8Array(new Uint16Array([...new Uint32Array(new Float32Array(values).buffer)].map((bits) => bits >>> 16)).buffer);

describe("findFloatTensor()", () => {
  test.each([
    ["F32", float32Bytes(VALUES)],
    ["F16", new Uint8Array(new Float16Array(VALUES).buffer)],
    ["BF16", bfloat16Bytes(VALUES)],
  ])("gives float32 values when the tensor is %s, at any alignment", (dtype, bytes) => {
    const file = formatSafetensors({ odd: { dtype: "U8", shape: [1], bytes: new Uint8Array(1) }, w: { dtype, shape: [2, 3], bytes } });
    expect(findFloatTensor(file, "w")).toEqual({ dims: [2, 3], data: Float32Array.from(VALUES) });
  });

  test("gives undefined when there is no such tensor", () => {
    expect(findFloatTensor(formatSafetensors({}), "toString")).toBeUndefined();
  });

  const header = (json: string) => Buffer.concat([new Uint8Array(new BigUint64Array([BigInt(json.length)]).buffer), Buffer.from(json)]);
  test.each([
    ["a header longer than the file", new Uint8Array(4)],
    ["a header longer than the file", new Uint8Array(new BigUint64Array([2n ** 63n]).buffer)],
    ["a header that is not a JSON object", header("[1")],
    ["a header that is not a JSON object", header("7")],
    ['a damaged entry "w"', header('{"w": {"dtype": "F32"}}')],
    ['"w" of type F64, need F32, F16 or BF16', header('{"w": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}')],
    ['"w" with 4 bytes, need 8 inside the file', header('{"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}')],
    ['"w" with 8 bytes, need 8 inside the file', header('{"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}')],
  ])("throws %p when the file says so", (message, file) => {
    expect(() => findFloatTensor(file, "w")).toThrow(message);
  });
});
