// The native tokenizer addon: a Node-API library, loaded from where it was extracted. Its types come from the npm
// package, whose JavaScript is not used: it looks for the library beside itself.
import type { Tokenizer } from "tokenizers";
import { TermiteError } from "../errors.ts";

export interface Addon {
  Tokenizer: typeof Tokenizer;
}

/** Loads the library into this process. Each call makes new classes: keep the result. */
export function openAddon(path: string): Addon {
  const module: { exports: Partial<Addon> } = { exports: {} };
  try {
    process.dlopen(module, path);
  } catch (cause) {
    const found = "found a file that is damaged or not for this machine";
    throw new TermiteError("native", `Cannot load the tokenizer library: ${found}`, { cause });
  }
  const { Tokenizer } = module.exports;
  if (Tokenizer !== undefined) return { Tokenizer };
  throw new TermiteError("native", "Cannot load the tokenizer library: found another library in its place");
}
