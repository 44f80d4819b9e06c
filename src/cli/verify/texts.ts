// Sixty texts that tell engines apart: nothing, one token, scripts, code, numbers, and every length up to a model's limit.

const WORDS = (
  "the old harbour kept its lamps burning through the storm while fishermen counted boats and the keeper wrote down each " +
  "name that came home safe before dawn broke over grey water and gulls returned to the broken pier"
).split(" ");

/** So many words, other ones for each `start`. */
const createSentence = (count: number, start: number): string =>
  Array.from({ length: count }, (_, i) => WORDS[(start + i * 7) % WORDS.length]).join(" ");

const SHORT: readonly string[] = [
  "", " ", "a", "7", ".", "é", "漢", "🙂", "Hello, world!", "yes", "no", "not bad at all", "never again",
  "What do termites eat?", "Wood is mostly cellulose.", "The moon has no air.", "I would not recommend this to anyone.",
  "Maria Schmidt flew from Berlin to São Paulo on Tuesday.", "Contact: jane.doe@example.com, +49 30 1234567",
  "ALL CAPITAL LETTERS", "all capital letters", "  blanks  everywhere  ", "tab\tand\nnew line", "“quotes” – dashes — and …",
  "Straße, naïve, coöperate, fiancée", "Γειά σου κόσμε", "Привет, как дела?", "これは日本語の文です。", "مرحبا بالعالم", "안녕하세요 세계",
  "नमस्ते दुनिया", "1, 2, 3.14159, -42, 1e10, 0x1F, 50 %", "const sum = (a: number, b: number): number => a + b;",
  "SELECT name FROM users WHERE id = 42 ORDER BY name;", "https://example.com/path?query=1#part", "C:\\Users\\name\\file.txt",
  "x".repeat(60), "word ".repeat(40), "🙂🙃😀🚀🎉", "a b c d e f g h i j k l m n o p q r s t u v w x y z",
];

/** Words of the longer ones: short of, at and over what models take at most. */
const WORD_COUNTS = [3, 5, 8, 11, 14, 17, 20, 24, 28, 30, 40, 50, 60, 75, 90, 110, 130, 180, 250, 400];

export const VERIFY_TEXTS: readonly string[] = [...SHORT, ...WORD_COUNTS.map((count, i) => createSentence(count, i * 3))];

/** What rerankers are asked about the texts. */
export const VERIFY_QUERY = "Which boats came home?";

/** A text of about so many tokens, another one for each `row`: these words are one token each in most vocabularies. */
export const createTimedText = (tokens: number, row: number): string => createSentence(Math.max(1, tokens - 2), row);
