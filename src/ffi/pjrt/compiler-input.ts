// The program that a client compiles or loads, in memory that lies still: made once for a client and used again.
import { createCString, createGrowingBuffer, createNativeBuffer } from "../memory.ts";
import type { Address, NativeBuffer } from "../memory.ts";
import { formatCompileOptions } from "./compile-options.ts";
import type { CompilerFlags } from "./compile-options.ts";
import { NativeStruct } from "./struct.ts";

/** Text or bytecode of MLIR. */
const FORMAT = "mlir";

/** SAFETY: every address is good until the next call of a method, while this object is reachable. */
export interface CompilerInput {
  /** `CompileOptionsProto`, kept for the next program with the same flags. */
  resolveOptions(flags: CompilerFlags): NativeBuffer;
  /** StableHLO text to `PJRT_Program*`. */
  createProgram(text: string): Address;
  copy(bytes: Uint8Array): Address;
}

export function createCompilerInput(): CompilerInput {
  const known = new Map<string, NativeBuffer>();
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
    copy,
    resolveOptions(flags) {
      const key = JSON.stringify(flags);
      const options = known.get(key) ?? createOptions(flags);
      known.set(key, options);
      return options;
    },
    createProgram(text) {
      const encoded = new TextEncoder().encode(text);
      const values = { code: copy(encoded), code_size: encoded.length };
      return program.set({ ...values, format: format.address, format_size: FORMAT.length }).address;
    },
  };
}

function createOptions(flags: CompilerFlags): NativeBuffer {
  const bytes = formatCompileOptions(flags);
  const options = createNativeBuffer(bytes.length);
  options.bytes.set(bytes);
  return options;
}
