// Single texts and pairs of one request to token items, in the request's order.
import type { TokenItem } from "../../scheduler/scheduler.ts";
import { checkLengths, type InputName } from "./check-lengths.ts";
import type { LoadedModel } from "../access/loaded-models.ts";
import { createPairItems } from "./prepare-pairs.ts";
import { createItem } from "./prepare-texts.ts";
import type { ClassifyRequest, TextOrPair } from "../tasks.ts";

interface Numbered<T> {
  input: T;
  index: number;
}

export async function createInputItems(
  model: LoadedModel,
  request: ClassifyRequest,
  nameOf: (index: number) => InputName,
): Promise<TokenItem[]> {
  const texts: Numbered<string>[] = [];
  const pairs: Numbered<readonly [string, string]>[] = [];
  for (const [index, input] of request.inputs.entries()) {
    if (isText(input)) texts.push({ input, index });
    else pairs.push({ input, index });
  }
  const items: TokenItem[] = [];
  const place = (from: readonly Numbered<TextOrPair>[], made: readonly TokenItem[]): void => {
    for (const [at, item] of made.entries()) items[from[at]?.index ?? at] = item;
  };
  place(texts, await createTextItems(model, request, texts, nameOf));
  const nameOfPair = (at: number): InputName => nameOf(pairs[at]?.index ?? at);
  const pairsAlone = { pairs: pairs.map(({ input }) => input), strategy: "longest_first", nameOf: nameOfPair } as const;
  place(pairs, await createPairItems(model, { ...request, ...pairsAlone }));
  return items;
}

async function createTextItems(
  { manifest, tokenizer }: LoadedModel,
  { truncate, direction, signal }: ClassifyRequest,
  texts: readonly Numbered<string>[],
  nameOf: (index: number) => InputName,
): Promise<TokenItem[]> {
  if (texts.length === 0) return [];
  const limit = manifest.maxTokens;
  const encoded = await tokenizer.encode(texts.map(({ input }) => input), limit, signal, { direction });
  if (!truncate) checkLengths(encoded, limit, (at) => nameOf(texts[at]?.index ?? at));
  return encoded.map(createItem);
}

function isText(input: TextOrPair): input is string {
  return typeof input === "string";
}
