// Whether a result is the expected one, as the ONNX backend test runner asks: type, dims, and numbers within rtol 1e-3 and
// atol 1e-7 of the expected ones.
import { countElements, isCode, resolveCarrier } from "../../src/backends/xla/convert/data-type.ts";
import { readNumbers } from "../../src/backends/xla/convert/host-numbers.ts";
import { createHost } from "../../src/backends/xla/convert/value.ts";
import type { OnnxTensor } from "../../src/backends/xla/onnx/onnx-model.ts";
import type { HostTensor } from "../../src/backends/xla/program.ts";

const [RTOL, ATOL] = [1e-3, 1e-7];

/** `undefined` when it is; else what differs. */
export function findDifference(found: HostTensor, expected: OnnxTensor): string | undefined {
  const type = resolveCarrier(expected.type);
  if (found.type !== type) return `type ${found.type}, need ${type}`;
  if (found.dims.join() !== expected.dims.join()) return `dims [${found.dims.join(", ")}], need [${expected.dims.join(", ")}]`;
  const count = countElements(found.dims);
  const isExact = isCode(expected.type);
  const numbers = (bytes: Uint8Array): number[] => readNumbers(createHost(type, found.dims, bytes)).slice(0, count);
  const [a, b] = [numbers(found.bytes), numbers(expected.bytes)];
  const wrong = a.flatMap((value, i) => (isClose(value, b[i] ?? Number.NaN, isExact) ? [] : [i]));
  const [first] = wrong;
  return first === undefined ? undefined : `${wrong.length} of ${count} values, at ${first}: ${a[first]}, need ${b[first]}`;
}

function isClose(found: number, expected: number, isExact: boolean): boolean {
  if (Object.is(found, expected) || found === expected) return true;
  if (Number.isNaN(found) || Number.isNaN(expected)) return Number.isNaN(found) && Number.isNaN(expected);
  if (isExact || !Number.isFinite(found) || !Number.isFinite(expected)) return false;
  return Math.abs(found - expected) <= ATOL + RTOL * Math.abs(expected);
}
