// `termite __tokenizer ADDON FILE`: opens a tokenizer file, encodes a few texts and decodes its tokens, in a process
// that may die of it. Prints nothing but, on its pipe to the parent, why the library refused the file.
import { writeFileSync, writeSync } from "node:fs";
import { openOwnProcess } from "../ffi/libc.ts";
import { openAddon } from "./addon.ts";
import { formatRefusal, openNativeTokenizer } from "./native-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { Turn } from "./turn.ts";

/** Every kind of character that rules and regular expressions turn on, and runs that make bad ones explode. */
const CANARIES = [
  "",
  "Hello, world! It's 2024-01-01; e-mail me@example.com (50% of $3.99)\n\ttabs\r\n",
  Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join(""),
  "\u00e9e\u0301 \u00df\u0130\u0131 \u4e2d\u6587\u304b\u306a \ud55c\uae00 \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
  "\u0939\u093f \ud83d\udc69\u200d\ud83d\udcbb \u0000\u001f\ufeff\ud800",
  "a".repeat(2000),
  " ".repeat(2000),
  "ab ".repeat(2000),
];

const REFUSED = 3;

/** 0 when the file can be used; otherwise the reason stands on standard output. */
export async function runTokenizerCheck(argv: string[]): Promise<number> {
  const [addonPath = "", file = ""] = argv;
  prepareToDie();
  const addon = openAddon(addonPath);
  try {
    const turns = { calls: new Turn(), longTexts: new Turn() };
    const tokenizer = await openNativeTokenizer({ addon, file, model: "", turns });
    await tokenizer.encode(CANARIES, 512);
    await tokenizer.encodePairs(CANARIES.map((text) => [text, "b"]), 512);
    await decodeAll(tokenizer);
    return 0;
  } catch (error) {
    writeSync(1, formatRefusal(error));
    return REFUSED;
  }
}

/** Nothing, then every token once: what a decoder cannot take is a token or, if it joins them first, an empty text. */
async function decodeAll(tokenizer: Tokenizer): Promise<void> {
  const ids = Array.from({ length: tokenizer.vocabularySize }, (_, id) => id);
  await tokenizer.decode([], { skipSpecialTokens: false });
  await tokenizer.decode(ids.filter((id) => tokenizer.findToken(id) !== undefined), { skipSpecialTokens: false });
}

/** Ends with the parent, and is the first that the kernel ends when memory is short. Linux alone can be told so. */
function prepareToDie(): void {
  openOwnProcess().setDeathWithParent();
  if (process.platform === "linux") writeFileSync("/proc/self/oom_score_adj", "1000");
}
