// Opens tokenizers: loads the addon once, has each file that is not our own checked once by a child process, and lets
// all of them work in turns.
import { stat } from "node:fs/promises";
import { TermiteError } from "../errors.ts";
import { openAddon, type Addon } from "./addon.ts";
import { findTokenizerProblem } from "./check.ts";
import { formatRefusal, openNativeTokenizer, type TokenizerSource } from "./native-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { Turn } from "./turn.ts";

export interface TokenizersOptions {
  /** Where the addon lies; extracts it on first use. */
  addonPath: () => Promise<string>;
  /** Called when the addon cannot be loaded: extracts it anew if it is damaged. True when trying again makes sense. */
  repairAddon: () => Promise<boolean>;
  /** The command that runs `runTokenizerCheck`. */
  checkCommand: readonly string[];
  /** Of the child. */
  environment: Readonly<Record<string, string>>;
}

export interface TokenizerFile {
  file: string;
  /** The model's name, for messages. */
  name: string;
  /** True for a file whose hash is known: it is opened without a check. */
  trusted: boolean;
}

export interface Tokenizers {
  /** `model_load_failed` when the file cannot be used. The tokenizer is released when nothing refers to it any more. */
  open(file: TokenizerFile): Promise<Tokenizer>;
}

/** Four times the largest published (33 MB). */
const FILE_LIMIT_BYTES = 128 * 1024 * 1024;

export function createTokenizers(options: TokenizersOptions): Tokenizers {
  let addon: Addon | undefined;
  /** Path, size and time of files that passed. */
  const passed = new Set<string>();
  const turns = { calls: new Turn(), longTexts: new Turn() };
  const check = async (file: string, name: string, addonPath: string): Promise<void> => {
    const stamp = await readStamp(file, name);
    if (passed.has(stamp)) return;
    const { checkCommand: command, environment } = options;
    const problem = await findTokenizerProblem(file, { command, environment, addonPath });
    if (problem !== undefined) throw createLoadError(name, problem);
    if ((await readStamp(file, name)) !== stamp) throw createLoadError(name, "it changed while it was checked");
    passed.add(stamp);
  };
  const open = async ({ file, name, trusted }: TokenizerFile): Promise<Tokenizer> => {
    const addonPath = await options.addonPath();
    // Before the check, whose child would blame the file for a damaged addon.
    addon ??= await openSoundAddon(addonPath, options.repairAddon);
    if (!trusted) await check(file, name, addonPath);
    return await openFile({ addon, file, model: name, turns });
  };
  return { open };
}

async function openSoundAddon(path: string, repair: () => Promise<boolean>): Promise<Addon> {
  try {
    return openAddon(path);
  } catch (error) {
    if (await repair()) return openAddon(path);
    throw error;
  }
}

async function openFile(source: TokenizerSource): Promise<Tokenizer> {
  try {
    return await openNativeTokenizer(source);
  } catch (cause) {
    throw createLoadError(source.model, formatRefusal(cause), cause);
  }
}

async function readStamp(file: string, name: string): Promise<string> {
  const found = await stat(file).catch((cause: unknown) => {
    throw createLoadError(name, "it cannot be read", cause);
  });
  if (!found.isFile()) throw createLoadError(name, "it is no file");
  if (found.size > FILE_LIMIT_BYTES) {
    throw createLoadError(name, `it has ${found.size} bytes, need ${FILE_LIMIT_BYTES} or fewer`);
  }
  return `${file} ${found.size} ${found.mtimeMs} ${found.ino}`;
}

function createLoadError(name: string, problem: string, cause?: unknown): TermiteError {
  const message = `Cannot load model "${name}": found a "tokenizer.json" that cannot be used (${problem})`;
  return new TermiteError("model_load_failed", message, { details: { model: name }, cause });
}
