// Real tokenizers, small and whole: every letter is a token, so that any text can be cut anywhere. And access that needs
// no graph, over one of them.
import type { ModelManifest } from "../../src/models/manifest.ts";
import { openAddon } from "../../src/tokenizers/addon.ts";
import { openNativeTokenizer } from "../../src/tokenizers/native-tokenizer.ts";
import type { Tokenizer } from "../../src/tokenizers/tokenizer.ts";
import { Turn } from "../../src/tokenizers/turn.ts";
import { BERT, BYTE_LEVEL } from "../tokenizers/small-tokenizers.ts";
import { ADDON_PATH, writeTokenizer } from "../tokenizers/tokenizer-file.ts";
import { createManifest, createTestAccess } from "./embedder-parts.ts";

const number = (words: readonly string[]) => Object.fromEntries([...new Set(words)].map((word, id) => [word, id]));
const LETTERS = Array.from("abcdefghijklmnopqrstuvwxyz.,!?-'\u4e2d\u6587\u597d\u3002\u05e9\u05dc\u05d5\u05dd\u{1f600}");

/** WordPiece in lower case, accents stripped: whole words "hello" and "world", every other one its letters. */
export const WORD_PIECE = {
  ...BERT,
  model: { ...BERT.model, vocab: number([...Object.keys(BERT.model.vocab), ...LETTERS, ...LETTERS.map((letter) => `##${letter}`)]) },
};

/** As WORD_PIECE, but it keeps the case and knows no capital: for models that want their text in lower case. */
export const CASED = { ...WORD_PIECE, normalizer: { ...WORD_PIECE.normalizer, lowercase: false, strip_accents: false } };

/** The 256 characters that stand for bytes: those that can be seen for themselves, the others from U+0100 on. */
const isShown = (byte: number) => (byte > 32 && byte < 127) || (byte > 160 && byte < 173) || byte > 173;
const BYTES = Array.from({ length: 256 }, (_, byte) => byte);
const HIDDEN = BYTES.filter((byte) => !isShown(byte));
const ALPHABET = BYTES.map((byte) => String.fromCodePoint(isShown(byte) ? byte : 256 + HIDDEN.indexOf(byte)));

/** Every byte is a token: a character of four bytes is four tokens that share it. */
export const BYTE_TOKENS = {
  ...BYTE_LEVEL,
  pre_tokenizer: { ...BYTE_LEVEL.pre_tokenizer, add_prefix_space: false },
  model: { ...BYTE_LEVEL.model, vocab: number(["<s>", "<pad>", "</s>", "<unk>", ...ALPHABET]), merges: [] },
};

export const openTestTokenizer = (content: unknown): Promise<Tokenizer> => {
  const turns = { calls: new Turn(), longTexts: new Turn() };
  return openNativeTokenizer({ addon: openAddon(ADDON_PATH), file: writeTokenizer(content), model: "m", turns });
};

export const createTokenizerAccess = async (content: unknown, manifest: Partial<ModelManifest> = {}) =>
  createTestAccess(createManifest(manifest), { tokenizer: await openTestTokenizer(content) });
