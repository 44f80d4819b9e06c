// What every task is tried on: 60 texts with names, numbers, places and feelings in them, in several scripts, from nothing
// to far over a limit; and queries to rank them by.

const SENTENCE = "The committee did not approve the plan, but Maria Gonzalez of 14 Elm Street may appeal. ";

export const TASK_TEXTS: readonly string[] = [
  "My name is John Smith and I live at 42 Baker Street, London NW1 6XE.",
  "Please email jane.doe@example.com or call +1 (555) 123-4567 before Friday.",
  "Dr. Maria Gonzalez-Pérez moved from Madrid to Austin, Texas 78701 in 2019.",
  "Send the invoice to Acme Corp., 1600 Pennsylvania Avenue NW, Washington, DC 20500.",
  "Her passport number is X12345678 and her driver's license is D123-4567-8901.",
  "SSN 123-45-6789, routing number 021000021, account 000123456789.",
  "Visit https://www.example.org/users/alice?id=7 for Alice's profile.",
  "alice", "Alice Bob Carol Dave Erin Frank", "JOHN SMITH LIVES IN NEW YORK CITY", "john smith lives in new york city",
  "John Smith,Jane Roe;Richard Miles/Mary Major", "O'Brien, D'Angelo and McDonald met at Saint-Étienne.",
  "Call me at 555.867.5309 or 555 867 5310 ext. 12.", "Apt 5B, 221B Baker St, Springfield, IL 62704-1234, USA",
  "Привет, меня зовут Иван Петров, я живу в Москве.", "我叫王小明,住在北京市朝阳区。", "私は山田太郎です。東京に住んでいます。",
  "اسمي أحمد محمد وأعيش في القاهرة.", "שמי דוד כהן ואני גר בתל אביב.", "Je m'appelle Élodie Lefèvre et j'habite à Nîmes.",
  "😀 John 👩‍👩‍👧‍👦 Smith 🇩🇪 Berlin 👍🏽", "Ｊｏｈｎ Ｓｍｉｔｈ", "Jo\u0308rg Mu\u0308ller aus Ko\u0308ln", "İstanbul'da Ayşe Yılmaz",
  "My tax id is 98-7654321; e-mail: first.last+tag@sub.example.co.uk!", "Zip 90210.", "IBAN DE89 3704 0044 0532 0130 00",
  "There is no evidence of pneumonia.", "The patient denies chest pain.", "Findings may represent early infection.",
  "Fracture of the left wrist is present.", "It cannot be excluded that the lesion has grown.", "I did not see him, nor did she.",
  "What a wonderful day!", "This is the worst product that I have ever bought.", "It's fine, I guess…", "not bad", "", " ", "\n", "a", "?!",
  "Termites eat wood; microbes in their gut break the cellulose down.", "The library opens at nine and closes at five.",
  "How do termites digest wood?", "The stock market fell 3.5% on Tuesday after the central bank's announcement.",
  "Photosynthesis turns light, water and carbon dioxide into sugar and oxygen.", "def add(a, b):\n    return a + b  # O(1)",
  "SELECT name FROM users WHERE city = 'Paris' AND age > 30;", '{"name": "Ada Lovelace", "born": 1815, "city": "London"}',
  "line one\r\nline two\u2028line three", "tab\tseparated\tvalues", "[CLS] John [SEP] Smith [MASK]", "a\u0000b John\u200bSmith",
  "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis", "x".repeat(150),
  SENTENCE.repeat(8).trim(), SENTENCE.repeat(60).trim(), "Ada Lovelace ".repeat(400).trim(),
];

/** The last one alone is over the limit of any model here. */
export const TASK_QUERIES: readonly string[] = [
  "how do termites digest wood", "Who is John Smith?", "", SENTENCE.repeat(50).trim(),
];

export const ZERO_SHOT_LABELS: readonly string[] = ["medicine", "personal data", "weather", "München"];
