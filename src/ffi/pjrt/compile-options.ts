// Serialized `xla.CompileOptionsProto`: one portable single-device program, which runs on whichever device it is given, and
// options of the compiler by name, as XLA_FLAGS has them for a whole process.

/**
 *     1a 0f                                  executable_build_options (field 3), 15 bytes:
 *        08 ff ff ff ff ff ff ff ff ff 01      device_ordinal: -1, any
 *        20 01                                 num_replicas: 1
 *        28 01                                 num_partitions: 1
 *     20 01                                  compile_portable_executable (field 4): true
 */
const PORTABLE = [
  0x1a, 0x0f, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x20, 0x01, 0x28, 0x01, 0x20, 0x01,
];

/** By name: "xla_cpu_prefer_vector_width". Unlike an unknown flag, an unknown name is an error and not the process' end. */
export type CompilerFlags = Readonly<Record<string, string | boolean | number>>;

/** Numbers are whole and not negative. */
export function formatCompileOptions(flags: CompilerFlags = {}): Uint8Array<ArrayBuffer> {
  // env_option_overrides (field 7): map<string, OptionOverrideProto>
  const overrides = Object.entries(flags).flatMap(([name, value]) => {
    return formatField(0x3a, [...formatField(0x0a, encode(name)), ...formatField(0x12, formatValue(value))]);
  });
  return Uint8Array.from([...PORTABLE, ...overrides]);
}

/** `OptionOverrideProto`: string_field (1), bool_field (2), int_field (3) */
function formatValue(value: string | boolean | number): number[] {
  if (typeof value === "string") return formatField(0x0a, encode(value));
  if (typeof value === "boolean") return [0x10, value ? 1 : 0];
  return [0x18, ...formatVarint(value)];
}

const encode = (text: string): number[] => [...new TextEncoder().encode(text)];

/** A field of a length: its tag, the length, the bytes. */
const formatField = (tag: number, bytes: readonly number[]): number[] => [tag, ...formatVarint(bytes.length), ...bytes];

function formatVarint(value: number): number[] {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`Cannot write a compile option: found ${value}`);
  const low = value % 128;
  return value < 128 ? [low] : [low + 128, ...formatVarint(Math.floor(value / 128))];
}
