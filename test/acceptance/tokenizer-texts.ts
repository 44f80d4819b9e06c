// Texts that tokenizers disagree on, the same ones each time: scripts, marks, emoji, spaces, controls, special tokens
// spelled out, and every length from nothing to far over a limit. No lone surrogates: neither side may be sent one.

/** First and last code point of what each kind of text is made of. */
const RANGES: readonly (readonly [number, number])[] = [
  [0x20, 0x7e], [0xa0, 0x24f], [0x300, 0x36f], [0x370, 0x3ff], [0x400, 0x4ff], [0x530, 0x58f], [0x590, 0x5ff], [0x600, 0x6ff],
  [0x900, 0x97f], [0xe00, 0xe7f], [0x10a0, 0x10ff], [0x1100, 0x11ff], [0x1e00, 0x1eff], [0x2000, 0x206f], [0x20a0, 0x20bf],
  [0x2100, 0x218f], [0x2190, 0x21ff], [0x2500, 0x257f], [0x3000, 0x30ff], [0x4e00, 0x9fff], [0xac00, 0xd7a3], [0xe000, 0xe0ff],
  [0xf900, 0xfaff], [0xfb00, 0xfdff], [0xfe00, 0xfe2f], [0xff00, 0xffef], [0x1d400, 0x1d7ff], [0x1f300, 0x1f6ff],
  [0x20000, 0x2a6df], [0xe0020, 0xe007f], [0x0, 0x1f], [0x7f, 0x9f],
];

const WORDS = [
  "the", "The", "quick", "brown", "fox", "don't", "it's", "we'll", "naïve", "café", "cafe\u0301", "Straße", "İstanbul", "ﬁnance",
  "tokenization", "antidisestablishmentarianism", "x".repeat(120), "3.14159", "2024-01-01", "$9.99", "50%", "me@example.com",
  "https://example.com/a?b=c#d", "snake_case", "camelCase", "C++", "...", "!?", "—", "“quoted”", "(a)", "日本語", "中文分词", "한국어", "東京タワー",
  "привет", "Ελλάδα", "שָׁלוֹם", "مرحبا", "हिन्दी", "ไทย", "தமிழ்", "Việt", "Å", "A\u030a", "①", "½", "ｆｕｌｌ", "㌔", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪", "👍🏽",
  "1️⃣", "𝕳𝖊𝖑𝖑𝖔", "𠜎", "\u200b", "\u200d", "\u00ad", "\ufeff", "\u202e", "[CLS]", "[SEP]", "[MASK]", "[UNK]", "<s>", "</s>", "<mask>", "<pad>", "<META>",
  "<META_START>", "##ing", "▁", "Ġ", "\ufffd", "\u0000",
];

const SEPARATORS = [" ", " ", " ", " ", "", "  ", "\n", "\t", "\r\n", "\u00a0", "\u3000", ", ", ". ", "-", "\u2028"];

const FIXED = ["", " ", "\n", "   \t\n ", "a", "\u0301", "👩‍💻", "\u0000", "\ufeff", "[SEP]", "</s>", " leading", "trailing ", "a".repeat(3000)];

/** Numbers from 0 to 1, always the same. The generator is "mulberry32". */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function createTokenizerTexts(count: number): string[] {
  const random = createRandom(8);
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] ?? (undefined as never);
  const createNoise = (length: number): string => {
    const [first, last] = pick(RANGES);
    return Array.from({ length }, () => String.fromCodePoint(first + below(last - first + 1))).join("");
  };
  const createText = (index: number): string => {
    // One in ten is long: some hundred words.
    const length = index % 10 === 0 ? 100 + below(300) : 1 + below(25);
    const createPiece = (): string => (random() < 0.8 ? pick(WORDS) : createNoise(1 + below(8)));
    return Array.from({ length }, () => createPiece() + pick(SEPARATORS)).join("");
  };
  return [...FIXED, ...Array.from({ length: count - FIXED.length }, (_, index) => createText(index))];
}
