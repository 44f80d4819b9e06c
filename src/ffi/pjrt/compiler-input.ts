// The program that a client compiles or loads, in memory that lies still: made once for a client and used again.
import { createCString, createGrowingBuffer, createNativeBuffer } from "../memory.ts";
import type { Address, NativeBuffer } from "../memory.ts";
import { NativeStruct } from "./struct.ts";

/**
 * Serialized `xla.CompileOptionsProto`: one portable single-device program, which runs on whichever device it is given.
 *
 *     1a 0f                                  executable_build_options (field 3), 15 bytes:
 *        08 ff ff ff ff ff ff ff ff ff 01      device_ordinal: -1, any
 *        20 01                                 num_replicas: 1
 *        28 01                                 num_partitions: 1
 *     20 01                                  compile_portable_executable (field 4): true
 */
const COMPILE_OPTIONS = Uint8Array.of(
  0x1a, 0x0f, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x20, 0x01, 0x28, 0x01, 0x20, 0x01,
);

/** Text or bytecode of MLIR. */
const FORMAT = "mlir";

/** SAFETY: every address is good until the next call of a method, while this object is reachable. */
export interface CompilerInput {
  readonly options: NativeBuffer;
  /** StableHLO text to `PJRT_Program*`. */
  createProgram(text: string): Address;
  copy(bytes: Uint8Array): Address;
}

export function createCompilerInput(): CompilerInput {
  const options = createNativeBuffer(COMPILE_OPTIONS.length);
  options.bytes.set(COMPILE_OPTIONS);
  const format = createCString(FORMAT);
  const memory = createGrowingBuffer();
  const program = new NativeStruct("Program");
  const copy = (bytes: Uint8Array): Address => {
    const target = memory.reserve(bytes.length + 1);
    target.bytes.set(bytes);
    // MLIR's lexer looks one byte behind the text: without a zero there it reads on in what an earlier program left.
    target.bytes[bytes.length] = 0;
    return target.address;
  };
  return {
    options, copy,
    createProgram(text) {
      const encoded = new TextEncoder().encode(text);
      const values = { code: copy(encoded), code_size: encoded.length };
      return program.set({ ...values, format: format.address, format_size: FORMAT.length }).address;
    },
  };
}
