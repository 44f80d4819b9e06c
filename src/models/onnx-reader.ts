// A walk over the protobuf wire format of an `.onnx` file that seeks past every payload and ends after a bounded number
// of steps. Knows nothing of what the fields mean.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

const WINDOW_BYTES = 8 * 1024;
const LONGEST_NAME_BYTES = 4096;
/** Bounds for a hostile file; a real graph has some thousand nodes, and as many initializers of five fields each. */
const MOST_STEPS = 200_000;
/** A step is a field; a read costs as much as some of them. */
const READ_STEPS = 10;

export interface OnnxField {
  number: number;
  /** The value of a varint; 0 for the other wire types. */
  value: number;
  /** Where the payload lies; empty unless the wire type is length-delimited. */
  begin: number;
  end: number;
}

export type OnnxReader = ReturnType<typeof openOnnxReader>;

/** Whoever opens it closes it. The file must be a regular one. */
export function openOnnxReader(path: string) {
  const descriptor = openSync(path, "r");
  const sizeBytes = fstatSync(descriptor).size;
  const window = Buffer.alloc(WINDOW_BYTES);
  let windowBegin = 0;
  let windowEnd = 0;
  let steps = 0;
  let isDamaged = false;

  const byteAt = (position: number): number => {
    if (position < windowBegin || position >= windowEnd) {
      steps += READ_STEPS;
      windowBegin = position;
      windowEnd = position + readSync(descriptor, window, 0, WINDOW_BYTES, position);
    }
    return position < windowEnd ? (window[position - windowBegin] ?? 0) : 0;
  };
  /** Base-128, low bits first; as a double, which is exact for every size and dimension that a file can hold. */
  const varint = (position: number): { value: number; next: number } => {
    let value = 0;
    for (let index = 0; index < 10; index++) {
      const byte = byteAt(position + index);
      value += (byte & 127) * 2 ** (7 * index);
      if (byte < 128) return { value, next: position + index + 1 };
    }
    return { value, next: position + 10 };
  };
  function* fields(begin: number, end: number): Generator<OnnxField> {
    let position = begin;
    while (position < end && steps++ < MOST_STEPS) {
      const tag = varint(position);
      const field = readField(tag.value, tag.next, varint);
      // A payload that reaches out of its message.
      isDamaged ||= field === undefined || field.next > end;
      if (field === undefined || field.next > end) return;
      yield field;
      position = field.next;
    }
  }
  function* packed(field: OnnxField): Generator<number> {
    for (let position = field.begin; position < field.end; ) {
      const { value, next } = varint(position);
      yield value;
      position = next;
    }
  }
  const text = (field: OnnxField): string => {
    const bytes = Buffer.alloc(Math.min(field.end - field.begin, LONGEST_NAME_BYTES));
    return bytes.toString("utf8", 0, readSync(descriptor, bytes, 0, bytes.length, field.begin));
  };
  const isWhole = (): boolean => !isDamaged && steps <= MOST_STEPS;
  return { sizeBytes, fields, packed, text, isWhole, close: () => closeSync(descriptor) };
}

/** `undefined` for a wire type that protobuf 3 does not have. `next` is where the following field begins. */
function readField(
  tag: number,
  position: number,
  varint: (position: number) => { value: number; next: number },
): (OnnxField & { next: number }) | undefined {
  const number = Math.floor(tag / 8);
  const empty = { number, value: 0, begin: position, end: position };
  switch (tag % 8) {
    case 0: {
      const { value, next } = varint(position);
      return { ...empty, value, next };
    }
    case 1: return { ...empty, next: position + 8 };
    case 2: {
      const { value, next } = varint(position);
      return { ...empty, begin: next, end: next + value, next: next + value };
    }
    case 5: return { ...empty, next: position + 4 };
    default: return undefined;
  }
}
