// Small tokenizers of the three kinds, joined as the models that are known for them join texts and pairs.
import { TOKENIZER } from "./tokenizer-file.ts";

const special = (id: number, content: string) => ({
  id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true,
});
const token = (id: string, type_id = 0) => ({ SpecialToken: { id, type_id } });
const sequence = (id: "A" | "B", type_id = 0) => ({ Sequence: { id, type_id } });
const number = (words: readonly string[]) => Object.fromEntries(words.map((word, id) => [word, id]));

/** WordPiece with token types: `[CLS] a [SEP] b [SEP]`. */
export const BERT = {
  ...TOKENIZER,
  normalizer: { ...TOKENIZER.normalizer, lowercase: true },
  post_processor: {
    ...TOKENIZER.post_processor,
    pair: [token("[CLS]"), sequence("A"), token("[SEP]"), sequence("B", 1), token("[SEP]", 1)],
  },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
};

/** The last four are the bytes of U+1F600 as byte-level tokenizers spell them. */
const BYTES = ["<s>", "<pad>", "</s>", "<unk>", "Ġ", "h", "e", "l", "o", "w", "r", "d", "ð", "Ł", "ĺ", "Ģ"];

/** Byte-level BPE: `<s> a </s></s> b </s>`, no token types. */
export const ROBERTA = {
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: BYTES.slice(0, 4).map((word, id) => special(id, word)),
  normalizer: null,
  pre_tokenizer: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  post_processor: { type: "RobertaProcessing", sep: ["</s>", 2], cls: ["<s>", 0], trim_offsets: true, add_prefix_space: true },
  decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
  model: {
    type: "BPE", dropout: null, unk_token: "<unk>", continuing_subword_prefix: "", end_of_word_suffix: "", fuse_unk: false,
    vocab: number([...BYTES, "he", "ll", "hell", "hello", "Ġhello", "or", "ld"]),
    merges: ["h e", "l l", "he ll", "hell o", "Ġ hello", "o r", "l d"],
  },
};

/** The same without a post-processor, as many decoder models are: nothing around the texts. */
export const BYTE_LEVEL = { ...ROBERTA, post_processor: null };

const SCORES: [string, number][] = [
  ["<unk>", 0], ["<s>", 0], ["</s>", 0], ["▁", -4], ["▁hello", -2], ["▁wor", -3], ["ld", -3], ["h", -6], ["e", -6], ["l", -6], ["o", -6],
];

/** Unigram as XLM-R joins: `<s> a </s></s> b </s>`. */
export const XLM_R = {
  ...ROBERTA,
  added_tokens: SCORES.slice(0, 3).map(([word], id) => special(id, word)),
  pre_tokenizer: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
  post_processor: {
    type: "TemplateProcessing",
    single: [token("<s>"), sequence("A"), token("</s>")],
    pair: [token("<s>"), sequence("A"), token("</s>"), token("</s>"), sequence("B"), token("</s>")],
    special_tokens: {
      "<s>": { id: "<s>", ids: [1], tokens: ["<s>"] },
      "</s>": { id: "</s>", ids: [2], tokens: ["</s>"] },
    },
  },
  decoder: { type: "Metaspace", replacement: "▁", prepend_scheme: "always", split: true },
  model: { type: "Unigram", unk_id: 0, vocab: SCORES, byte_fallback: false },
};
