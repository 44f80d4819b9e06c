// One opened `tokenizer.json`, its own truncation and padding switched off: the model's limit counts, and
// `read-encoding.ts` keeps it.
import type { Encoding } from "tokenizers";
import { formatError, TermiteError } from "../errors.ts";
import type { Addon } from "./addon.ts";
import { NO_AFFIXES, readAffixes } from "./affixes.ts";
import { CALL_CHARACTERS, sliceByCharacters } from "./call-slices.ts";
import { JointCalls } from "./joint-calls.ts";
import { countPairTokens, joinPair, readPairTemplate } from "./pair-template.ts";
import { readDetailedEncoding, readEncoding } from "./read-encoding.ts";
import type { DetailedEncoding, Tokenizer } from "./tokenizer.ts";
import type { Turn } from "./turn.ts";

type NativeTokenizer = InstanceType<Addon["Tokenizer"]>;

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

/** The library takes ids as 32-bit integers and makes one of whatever it is given: -1, 1.5, 2 ** 32. */
const MAX_ID = 2 ** 32 - 1;

/** Throws the library's own error when the file is not what it takes; the caller names the model. */
export async function openNativeTokenizer(source: TokenizerSource): Promise<Tokenizer> {
  const native = source.addon.Tokenizer.fromFile(source.file);
  native.disableTruncation();
  native.disablePadding();
  const vocabularySize = native.getVocabSize(true);
  const findToken: Tokenizer["findToken"] = (id) => (isId(id) ? (native.idToToken(id) ?? undefined) : undefined);
  const encoders = await createEncoders(native, source);
  const decode = createDecode(native, source, { vocabularySize, findToken });
  return { ...encoders, decode, findToken, vocabularySize };
}

/** The library's own words: "Model missing. at line 1 column 2". It puts a prefix without a space before them. */
export function formatRefusal(error: unknown): string {
  const origin = error instanceof TermiteError ? error.cause : error;
  const message = formatError(origin);
  return message.replace(/^Error loading from file/, "");
}

type Encoders = Pick<Tokenizer, "encode" | "encodePairs" | "encodeDetailed" | "countPrompt">;

async function createEncoders(native: NativeTokenizer, { model, turns }: TokenizerSource): Promise<Encoders> {
  const affixes = await readAffixes(native);
  const template = await readPairTemplate(native);
  const createEncode = (addSpecialTokens: boolean): EncodeAll =>
    createSlicedEncode(turns, model, (texts) => native.encodeBatch(texts, { addSpecialTokens }));
  const [encodeWhole, encodeBare] = [createEncode(true), createEncode(false)];
  return {
    encode: (texts, limit, signal, { direction = "right" } = {}) =>
      encodeWhole(texts, (encoding) => readEncoding(encoding, { limit, direction, affixes }), signal),
    encodeDetailed: (texts, options = {}, signal) => {
      const { limit = Infinity, direction = "right", addSpecialTokens = true } = options;
      const cut = { limit, direction, affixes: addSpecialTokens ? affixes : NO_AFFIXES };
      const read = (encoding: Encoding): DetailedEncoding => readDetailedEncoding(encoding, cut);
      return (addSpecialTokens ? encodeWhole : encodeBare)(texts, read, signal);
    },
    encodePairs: async (pairs, limit, signal, { direction = "right", strategy = "longest_first" } = {}) => {
      // A query is in every pair of a ranking: each distinct part is encoded once.
      const parts = [...new Set(pairs.flat())];
      const readPart = (encoding: Encoding): Int32Array => Int32Array.from(encoding.getIds());
      const encoded = await encodeBare(parts, readPart, signal);
      const idsOf = new Map(parts.map((part, index) => [part, encoded[index] ?? new Int32Array()]));
      return pairs.map(([first, second], index) => {
        const ids = [idsOf.get(first) ?? new Int32Array(), idsOf.get(second) ?? new Int32Array()] as const;
        return joinPair(template, ids, { limit, direction, strategy }) ?? refusePair(index, limit, countPairTokens(template, ids));
      });
    },
    countPrompt: async (prompt) => {
      const read = (encoding: Encoding): number[] => encoding.getSpecialTokensMask();
      const [special = []] = await encodeWhole([prompt], read);
      return special.length - (special.at(-1) === 1 ? 1 : 0);
    },
  };
}

type EncodeAll = <R>(
  texts: readonly string[],
  read: (encoding: Encoding, index: number) => R,
  signal?: AbortSignal,
) => Promise<R[]>;

/** Reads each slice before the next is encoded, so that the library's own copies of one slice are held at a time. */
function createSlicedEncode(turns: TokenizerTurns, model: string, encodeBatch: (texts: string[]) => Promise<Encoding[]>): EncodeAll {
  const encode = async (texts: string[]): Promise<Encoding[]> => {
    return await encodeBatch(texts).catch((cause: unknown) => Promise.reject(createCallError("tokenize", model, cause)));
  };
  const [calls, longTexts] = [new JointCalls(turns.calls, encode), new JointCalls(turns.longTexts, encode)];
  return async (texts, read, signal) => {
    const results: ReturnType<typeof read>[] = [];
    for (const slice of sliceByCharacters(texts, ({ length }) => length)) {
      const characters = slice.reduce((sum, { length }) => sum + length, 0);
      // A slice that is longer than a call holds one text alone.
      const joint = characters > CALL_CHARACTERS ? longTexts : calls;
      for (const encoding of await joint.encode(slice, characters, signal)) results.push(read(encoding, results.length));
    }
    return results;
  };
}

function createDecode(
  native: NativeTokenizer,
  { model, turns }: TokenizerSource,
  { vocabularySize, findToken }: Pick<Tokenizer, "vocabularySize" | "findToken">,
): Tokenizer["decode"] {
  return async (ids, { skipSpecialTokens }) => {
    // Unchecked, the library leaves out what it does not know.
    for (const id of new Set(ids)) {
      if (findToken(id) !== undefined) continue;
      const found = `found a vocabulary of ${vocabularySize} tokens`;
      throw new TermiteError("invalid_request", `Cannot decode token id ${id} for model "${model}": ${found}`, {
        details: { model, id, vocabularySize },
      });
    }
    return await takeTurn(turns, ids.length, async () => {
      const decoded = native.decode([...ids], skipSpecialTokens);
      return await decoded.catch((cause: unknown) => Promise.reject(createCallError("decode", model, cause)));
    });
  };
}

/** What is longer than a call of texts waits with the long texts. */
function takeTurn<T>(turns: TokenizerTurns, characters: number, task: () => Promise<T>): Promise<T> {
  return (characters > CALL_CHARACTERS ? turns.longTexts : turns.calls).take(async () => task());
}

function refusePair(index: number, limit: number, tokens: number): never {
  const found = `found ${tokens} tokens, too many of them outside its first part`;
  throw new TermiteError("input_too_long", `Cannot cut pair ${index} to ${limit} tokens: ${found}`, {
    hint: "Shorten the second text",
    details: { index, tokens, limit },
  });
}

function createCallError(what: string, model: string, cause: unknown): TermiteError {
  const message = `Cannot ${what} for model "${model}": found ${formatRefusal(cause)}`;
  return new TermiteError("internal", message, { cause, details: { model } });
}

function isId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id <= MAX_ID;
}
