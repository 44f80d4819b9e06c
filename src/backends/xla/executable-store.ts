// Programs from the compiler, each kept on disk for the next start.
import { NativeError } from "../../errors.ts";
import type { PjrtClient } from "../../ffi/pjrt/client.ts";
import type { PjrtExecutable } from "../../ffi/pjrt/executable.ts";
import type { CompilerFlags } from "../../ffi/pjrt/compile-options.ts";
import { createCacheKey } from "./disk-cache.ts";
import type { DiskCache } from "./disk-cache.ts";

export interface CompiledExecutable {
  executable: PjrtExecutable;
  /** Serialized; 0 where the plugin cannot serialize. */
  sizeBytes: number;
}

export interface ExecutableStore {
  /** What `client.deserialize` takes. */
  find(text: string): Uint8Array<ArrayBuffer> | undefined;
  /** The caller closes the executable. Throws `NativeError` when the compiler refuses the text. */
  compile(text: string): CompiledExecutable;
}

export interface ExecutableStoreOptions {
  /** Whose the executables are. */
  client: PjrtClient;
  /** Another one of the same plugin, where compiling must not take the threads that run; may be `client` itself. */
  compiler: PjrtClient;
  cache: DiskCache;
  /** Everything that compiled code depends on beside the program: plugin, device, options. */
  identity: readonly string[];
  /** Left out for good when the plugin does not know one of them. */
  flags: CompilerFlags;
}

/** The program's text is the key: it says graph, shapes, head, precision and converter. */
export function createExecutableStore({ client, compiler, cache, identity, flags }: ExecutableStoreOptions): ExecutableStore {
  let canSerialize = client.canSerialize;
  let known = flags;
  const compile = (on: PjrtClient, text: string): PjrtExecutable => {
    try {
      return on.compile(text, known);
    } catch (error) {
      if (!(error instanceof NativeError) || !namesOne(error.message, known)) throw error;
      known = {};
      return on.compile(text);
    }
  };
  /** Empty where the plugin refuses, which it will do the next time too. */
  const serialize = (executable: PjrtExecutable): Uint8Array => {
    try {
      return executable.serialize();
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      canSerialize = false;
      return new Uint8Array();
    }
  };
  /** `undefined` where the plugin refuses what it made itself, which it will do the next time too. */
  const load = (bytes: Uint8Array): PjrtExecutable | undefined => {
    try {
      return client.deserialize(bytes);
    } catch (error) {
      if (!(error instanceof NativeError)) throw error;
      canSerialize = false;
      return undefined;
    }
  };
  return {
    find: (text) => (canSerialize ? cache.find(createCacheKey([...identity, text])) : undefined),
    compile(text) {
      // What cannot be serialized cannot be handed on either.
      const isApart = canSerialize && compiler !== client;
      const executable = compile(isApart ? compiler : client, text);
      const bytes = canSerialize ? serialize(executable) : new Uint8Array();
      if (bytes.length > 0) cache.write(createCacheKey([...identity, text]), bytes);
      if (!isApart) return { executable, sizeBytes: bytes.length };
      executable.close();
      return { executable: (bytes.length > 0 ? load(bytes) : undefined) ?? compile(client, text), sizeBytes: bytes.length };
    },
  };
}

const namesOne = (message: string, flags: CompilerFlags): boolean => Object.keys(flags).some((name) => message.includes(name));
