// Token ids where clients may send text: one list is one text, a list of lists several. What they mean is a
// setting and never guessed: LangChain and others send GPT's ids whatever the model is.
import type { EmbedRequest } from "../pipelines/embed-request.ts";
import { createInvalid, formatFound } from "./body/problems.ts";
import type { Path, Problem } from "./body/problems.ts";
import { checkTextCount } from "./body/texts.ts";
import type { ServerDeps } from "./deps.ts";
import { createUnsupported } from "./embed-texts.ts";
import { createCl100kDecoder } from "./token-ids-cl100k.ts";

const ID = "a token id: a whole number, 0 or more";
const IDS = "a list of at least one token id";
const MAX_ID = 2 ** 31 - 1;

interface IdList {
  path: Path;
  ids: readonly number[];
}

/** The texts or ids of an input that `hasTokenIds`. */
export type TokenIdReader = (input: readonly unknown[]) => Promise<Pick<EmbedRequest, "texts" | "tokenIds">>;

/** GPT's vocabulary is loaded by the first request that needs it. */
export function createTokenIdReader({ openaiTokenIds, limits }: ServerDeps): TokenIdReader {
  const decode = createCl100kDecoder(limits.textBytes);
  return async (input) => {
    if (openaiTokenIds === "refuse") throw createUnsupported("input", "found token ids, only text is supported");
    const lists = parseIdLists(input, { param: "input", verb: "embed", limit: limits.inputs });
    if (openaiTokenIds === "model") return { texts: [], tokenIds: lists.map(({ ids }) => ids) };
    const texts: string[] = [];
    for (const { ids, path } of lists) texts.push(await decode(ids, path));
    return { texts };
  };
}

/** Whether the list is of ids and not of texts: its first element says it. */
export function hasTokenIds(input: unknown): input is readonly unknown[] {
  return Array.isArray(input) && (typeof input[0] === "number" || Array.isArray(input[0]));
}

export interface IdListsOptions {
  /** The field that holds them. */
  param: string;
  /** What is to be done with them: "embed". */
  verb: string;
  /** The most lists that there may be. */
  limit: number;
}

/** By hand and not by a schema: there can be millions of ids. The first wrong one of each list is named. */
export function parseIdLists(input: unknown, { param, verb, limit }: IdListsOptions): IdList[] {
  const problems: Problem[] = [];
  const isMany = Array.isArray(input) && Array.isArray(input[0]);
  if (isMany) checkTextCount(input, limit, { param, verb });
  const lists = isMany
    ? input.map((ids, index) => parseIdList(ids, [param, index], problems))
    : [parseIdList(input, [param], problems)];
  if (problems.length > 0) throw createInvalid(problems);
  return lists;
}

function parseIdList(list: unknown, path: Path, problems: Problem[]): IdList {
  if (!isFilledList(list)) {
    problems.push({ path, found: formatFound(list), expected: IDS });
    return { path, ids: [] };
  }
  if (list.every(isId)) return { path, ids: list };
  const index = list.findIndex((id) => !isId(id));
  problems.push({ path: [...path, index], found: formatFound(list[index]), expected: ID });
  return { path, ids: [] };
}

function isFilledList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function isId(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= MAX_ID;
}
