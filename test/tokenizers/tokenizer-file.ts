// Builds small `tokenizer.json` files for tests, and knows where the native addon and its check are.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");

export const ADDON_PATH = join(ROOT, "node_modules/tokenizers/tokenizers.linux-x64-gnu.node");
export const CHECK_COMMAND = [process.execPath, join(ROOT, "src/main.ts"), "__tokenizer"];

const WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "hello", "world", "a", "##b", "##c", ",", "query", ":"];
export const ID = Object.fromEntries(WORDS.map((word, id) => [word, id])) as Record<string, number>;

const special = (content: string) => ({
  id: ID[content], content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true,
});

/** WordPiece as BERT has it, with the fixed truncation and padding that MiniLM's file carries. */
export const TOKENIZER = {
  version: "1.0",
  truncation: { direction: "Right", max_length: 5, strategy: "LongestFirst", stride: 0 },
  padding: { strategy: { Fixed: 9 }, direction: "Right", pad_to_multiple_of: null, pad_id: 0, pad_type_id: 0, pad_token: "[PAD]" },
  added_tokens: WORDS.slice(0, 4).map(special),
  normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: false },
  pre_tokenizer: { type: "BertPreTokenizer" },
  post_processor: {
    type: "TemplateProcessing",
    single: [
      { SpecialToken: { id: "[CLS]", type_id: 0 } },
      { Sequence: { id: "A", type_id: 0 } },
      { SpecialToken: { id: "[SEP]", type_id: 0 } },
    ],
    pair: [],
    special_tokens: {
      "[CLS]": { id: "[CLS]", ids: [ID["[CLS]"]], tokens: ["[CLS]"] },
      "[SEP]": { id: "[SEP]", ids: [ID["[SEP]"]], tokens: ["[SEP]"] },
    },
  },
  decoder: null,
  model: { type: "WordPiece", unk_token: "[UNK]", continuing_subword_prefix: "##", max_input_chars_per_word: 100, vocab: ID },
};

/** Writes a tokenizer file into a new folder and gives its path. */
export const writeTokenizer = (content: unknown = TOKENIZER): string => {
  const file = join(mkdtempSync(join(tmpdir(), "termite-test-")), "tokenizer.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
};
