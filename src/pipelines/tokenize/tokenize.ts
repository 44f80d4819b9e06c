// Texts to tokens that people can read, and ids back to text. Only the model's tokenizer is opened for it.
import { TermiteError } from "../../errors.ts";
import type { ModelManifest } from "../../models/manifest.ts";
import { createCodePointSlicer } from "../../tokenizers/code-points.ts";
import { sliceByCharacters } from "../../tokenizers/call-slices.ts";
import type { DetailedEncoding, Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { ModelAccess } from "../access/model-access.ts";
import { resolvePrompt } from "../inputs/prepare-texts.ts";
import type { DecodeRequest, TokenDetail, TokenizerService, TokenizeRequest } from "../tasks.ts";
import { encodeOriginals } from "./original-offsets.ts";

export function createTokenizerService(access: Pick<ModelAccess, "useTokenizer">): TokenizerService {
  return {
    tokenize: (request) => access.useTokenizer(request, async (tokenizer, manifest) => {
      return { model: manifest.id, tokens: await tokenizeTexts(tokenizer, manifest, request) };
    }),
    decode: (request) => access.useTokenizer(request, async (tokenizer, manifest) => {
      return { model: manifest.id, texts: await decodeIds(tokenizer, request) };
    }),
  };
}

/**
 * As text-embeddings-inference: with the model's prompt in front, which then counts in the offsets, and never cut. A
 * token is shown as the slice of the text that it stands for, a special one as the vocabulary spells it. Offsets are
 * code points, as Python's tokenizers give them; that router's own are bytes of UTF-8.
 */
async function tokenizeTexts(
  tokenizer: Tokenizer,
  manifest: ModelManifest,
  { texts, prompt, addSpecialTokens, signal }: TokenizeRequest,
): Promise<TokenDetail[][]> {
  const front = resolvePrompt(manifest, prompt);
  const prompted = texts.map((text) => front + text);
  const tokens: TokenDetail[][] = [];
  let found = 0;
  // A slice after the other: of a request that is refused only one was read.
  for (const slice of sliceByCharacters(prompted, ({ length }) => length)) {
    // Cut behind the limit: it is refused then, and details of a million tokens take a second to read.
    const options = { addSpecialTokens, signal, limit: MAX_TOKENS };
    const encodings = await encodeOriginals(tokenizer, manifest, slice, options);
    found += encodings.reduce((sum, { fullLength }) => sum + fullLength, 0);
    if (found > MAX_TOKENS) throw createTooManyTokens(found);
    for (const [index, encoding] of encodings.entries()) tokens.push(readTokens(encoding, slice[index] ?? ""));
  }
  return tokens;
}

/** Of one answer: about 20 MB as JSON. */
const MAX_TOKENS = 256 * 1024;

function createTooManyTokens(found: number): TermiteError {
  const message = `Cannot show the tokens: found ${found} or more in one request, the limit is ${MAX_TOKENS}`;
  return new TermiteError("input_too_long", message, {
    hint: "Send fewer or shorter texts at once",
    details: { param: "inputs", found, limit: MAX_TOKENS },
  });
}

function readTokens({ ids, tokens, special, offsets }: DetailedEncoding, text: string): TokenDetail[] {
  const slice = createCodePointSlicer(text);
  return Array.from(ids, (id, index) => {
    if (special[index] === 1) return { id, text: tokens[index] ?? "", special: true };
    const [start = 0, stop = 0] = offsets.subarray(2 * index, 2 * index + 2);
    return { id, text: slice(start, stop), special: false, start, stop };
  });
}

async function decodeIds(tokenizer: Tokenizer, { ids, skipSpecialTokens, signal }: DecodeRequest): Promise<string[]> {
  const texts: string[] = [];
  for (const list of ids) {
    signal.throwIfAborted();
    texts.push(await tokenizer.decode(list, { skipSpecialTokens }));
  }
  return texts;
}
