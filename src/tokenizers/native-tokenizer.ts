// One opened `tokenizer.json`, its own truncation and padding switched off: the model's limit counts. A long text is
// cut after it was encoded and gets its closing special tokens back. That is what the library's own truncation gives,
// without a second vocabulary (over 100 MB for XLM-R) or a second pass, and with the untruncated count known.
import type { Encoding } from "tokenizers";
import { formatError, TermiteError } from "../errors.ts";
import type { Addon } from "./addon.ts";
import type { Encoded, Tokenizer } from "./tokenizer.ts";
import type { Turn } from "./turn.ts";

type NativeTokenizer = InstanceType<Addon["Tokenizer"]>;

/**
 * The library keeps about 600 bytes a token until its encoding is collected, so a call takes about this much text, 30 ms
 * of work. A text cannot be cut before it is encoded: not every tokenizer would give its beginning the same ids.
 */
const CALL_CHARACTERS = 64 * 1024;

/**
 * Calls into the library, which is parallel inside, take turns: that bounds the memory of all requests together. Texts
 * that are longer than a call (1 MB: half a second) have a turn of their own, so that no short one waits for them.
 */
export interface TokenizerTurns {
  calls: Turn;
  longTexts: Turn;
}

export interface TokenizerSource {
  addon: Addon;
  file: string;
  /** The model's name, for messages. */
  model: string;
  /** Shared by every tokenizer of the process. */
  turns: TokenizerTurns;
}

/** Texts of which at least one has a token in any vocabulary, so that the special tokens around it are seen. */
const PROBES = ["a", "A", "1", ".", "the", "\u4e2d"];

/** Special tokens after the text. */
interface Suffix {
  ids: number[];
  typeIds: number[];
}

/** Throws the library's own error when the file is not what it takes; the caller names the model. */
export async function openNativeTokenizer({ addon, file, model, turns }: TokenizerSource): Promise<Tokenizer> {
  const native = addon.Tokenizer.fromFile(file);
  native.disableTruncation();
  native.disablePadding();
  const suffix = await readSuffix(native);
  const encodeSlice = (slice: string[], signal?: AbortSignal): Promise<Encoding[]> => {
    const turn = isLong(slice) ? turns.longTexts : turns.calls;
    return turn.take(async () => {
      signal?.throwIfAborted();
      return await encodeBatch(native, slice, model);
    });
  };
  const encode: Tokenizer["encode"] = async (texts, limit, signal) => {
    const encoded: Encoded[] = [];
    for (const slice of sliceTexts(texts)) {
      const encodings = await encodeSlice(slice, signal);
      for (const encoding of encodings) encoded.push(readEncoding(encoding, limit, suffix));
    }
    return encoded;
  };
  const countPrompt = async (prompt: string): Promise<number> => {
    const [encoding] = await encodeSlice([prompt]);
    const special = encoding?.getSpecialTokensMask() ?? [];
    return special.length - (special.at(-1) === 1 ? 1 : 0);
  };
  return { encode, countPrompt };
}

/** The library's own words: "Model missing. at line 1 column 2". It puts a prefix without a space before them. */
export function formatRefusal(error: unknown): string {
  const origin = error instanceof TermiteError ? error.cause : error;
  const message = formatError(origin);
  return message.replace(/^Error loading from file/, "");
}

async function encodeBatch(native: NativeTokenizer, texts: string[], model: string): Promise<Encoding[]> {
  try {
    return await native.encodeBatch(texts);
  } catch (cause) {
    const message = `Cannot tokenize for model "${model}": found ${formatRefusal(cause)}`;
    throw new TermiteError("internal", message, { cause, details: { model } });
  }
}

/** One text alone: see `sliceTexts`. */
function isLong([text = ""]: readonly string[]): boolean {
  return text.length > CALL_CHARACTERS;
}

function* sliceTexts(texts: readonly string[]): Generator<string[]> {
  let slice: string[] = [];
  let characters = 0;
  for (const text of texts) {
    if (slice.length > 0 && characters + text.length > CALL_CHARACTERS) {
      yield slice;
      slice = [];
      characters = 0;
    }
    slice.push(text);
    characters += text.length;
  }
  if (slice.length > 0) yield slice;
}

function readEncoding(encoding: Encoding, limit: number, suffix: Suffix): Encoded {
  const fullLength = encoding.getLength();
  const isCut = fullLength > limit;
  // The direction must be said: left out, this binding cuts the beginning off.
  if (isCut) encoding.truncate(Math.max(0, limit - suffix.ids.length), 0, "right");
  const ids = isCut ? [...encoding.getIds(), ...suffix.ids] : encoding.getIds();
  const typeIds = isCut ? [...encoding.getTypeIds(), ...suffix.typeIds] : encoding.getTypeIds();
  const read: Encoded = { ids: Int32Array.from(ids), fullLength };
  return typeIds.some((typeId) => typeId !== 0) ? { ...read, typeIds: Int32Array.from(typeIds) } : read;
}

async function readSuffix(native: NativeTokenizer): Promise<Suffix> {
  for (const probe of PROBES) {
    const encoding = await native.encode(probe);
    const lastOfText = encoding.getSpecialTokensMask().lastIndexOf(0);
    if (lastOfText < 0) continue;
    return { ids: encoding.getIds().slice(lastOfText + 1), typeIds: encoding.getTypeIds().slice(lastOfText + 1) };
  }
  return { ids: [], typeIds: [] };
}
