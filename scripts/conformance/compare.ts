// Whether a result is the expected one, as the ONNX backend test runner asks: type, dims, and numbers within rtol 1e-3
// (bfloat16: two units in the last place) and atol 1e-7 of the expected ones.
import { countElements, isCode, resolveCarrier } from "../../src/backends/xla/convert/data-type.ts";
import type { DataType } from "../../src/backends/xla/convert/data-type.ts";
import { readNumbers } from "../../src/backends/xla/convert/host-numbers.ts";
import { createHost } from "../../src/backends/xla/convert/value.ts";
import type { OnnxTensor } from "../../src/backends/xla/onnx/onnx-model.ts";
import type { HostTensor } from "../../src/backends/xla/program.ts";

/** Codes of small floats that are no number, of which most types have several. */
const NAN_CODES: Readonly<Partial<Record<DataType, (code: number) => boolean>>> = {
  f8E4M3FN: (code) => (code & 0x7f) === 0x7f, f8E5M2: (code) => (code & 0x7f) > 0x7c,
  f8E4M3FNUZ: (code) => code === 0x80, f8E5M2FNUZ: (code) => code === 0x80, f8E8M0FNU: (code) => code === 0xff,
};

/** Of `assert_similar_outputs` in onnx/backend/test/runner, release 1.23.2. */
const [RTOL, BFLOAT16_RTOL, ATOL] = [1e-3, 2 ** -6, 1e-7];

/** `undefined` when it is; else what differs. */
export function findDifference(found: HostTensor, expected: OnnxTensor): string | undefined {
  const type = resolveCarrier(expected.type);
  if (found.type !== type) return `type ${found.type}, need ${type}`;
  if (found.dims.join() !== expected.dims.join()) return `dims [${found.dims.join(", ")}], need [${expected.dims.join(", ")}]`;
  const count = countElements(found.dims);
  const isExact = isCode(expected.type);
  const isNan = NAN_CODES[expected.type] ?? (() => false);
  const numbers = (bytes: Uint8Array): number[] => {
    const values = readNumbers(createHost(type, found.dims, bytes)).slice(0, count);
    return isExact ? values.map((code) => (isNan(code) ? Number.NaN : code)) : values;
  };
  const [a, b] = [numbers(found.bytes), numbers(expected.bytes)];
  const rtol = isExact ? 0 : expected.type === "bf16" ? BFLOAT16_RTOL : RTOL;
  const wrong = a.flatMap((value, i) => (isClose(value, b[i] ?? Number.NaN, rtol) ? [] : [i]));
  const [first] = wrong;
  return first === undefined ? undefined : `${wrong.length} of ${count} values, at ${first}: ${a[first]}, need ${b[first]}`;
}

/** With `rtol` 0 only equal numbers, and NaN beside NaN. */
function isClose(found: number, expected: number, rtol: number): boolean {
  if (Object.is(found, expected) || found === expected) return true;
  if (Number.isNaN(found) || Number.isNaN(expected)) return Number.isNaN(found) && Number.isNaN(expected);
  if (rtol === 0 || !Number.isFinite(found) || !Number.isFinite(expected)) return false;
  return Math.abs(found - expected) <= ATOL + rtol * Math.abs(expected);
}
