// text-embeddings-inference: `/tokenize` and `/decode`, which need the model's tokenizer alone.
import { TermiteError } from "../../errors.ts";
import type { DecodeRequest, TokenDetail } from "../../pipelines/tasks.ts";
import { TASKS } from "../../task.ts";
import { parseTexts } from "../body/texts.ts";
import { parseFields } from "../body/validate.ts";
import { runTask } from "../task-work.ts";
import { TeiDecodeAnswer, TeiTokenizeAnswer } from "../schemas/tei-answers.ts";
import {
  TeiDecodeBody, TeiDecodeFieldsSchema, TeiTokenizeBody, TeiTokenizeBodySchema,
} from "../schemas/tei.ts";
import { hasTokenIds, parseIdLists } from "../token-ids.ts";
import { checkCount, type TeiCall, type TeiEndpoint } from "./tei-endpoint.ts";

const INPUTS = { param: "inputs", verb: "tokenize" };
const IDS = { param: "ids", verb: "decode" };

export const TOKENIZE_ENDPOINT: TeiEndpoint = {
  name: "tokenize",
  summary: "Tokens of a text, as the model's own tokenizer makes them",
  tasks: TASKS,
  request: TeiTokenizeBody,
  answer: { ...TeiTokenizeAnswer, description: "A list of tokens an input; nothing is cut off" },
  handle: answerTokenize,
};

export const DECODE_ENDPOINT: TeiEndpoint = {
  name: "decode",
  summary: "The text of token ids",
  tasks: TASKS,
  request: TeiDecodeBody,
  answer: { ...TeiDecodeAnswer, description: "A text a list of ids" },
  handle: answerDecode,
};

async function answerTokenize({ c, deps, model, body }: TeiCall): Promise<object[][]> {
  checkCount(body["inputs"], deps, INPUTS);
  const { inputs, add_special_tokens: special, prompt_name: prompt } = parseFields(TeiTokenizeBodySchema, body);
  const texts = parseTexts(inputs, deps.limits.textBytes, INPUTS);
  const request = { model, texts, addSpecialTokens: special ?? true, prompt: prompt ?? undefined, signal: c.var.signal };
  const work = deps.tasks.tokenize(request);
  const { tokens } = await runTask(c, texts.length, work);
  return tokens.map((list) => list.map(formatToken));
}

function formatToken({ id, text, special, start, stop }: TokenDetail): object {
  return { id, text, special, start: start ?? null, stop: stop ?? null };
}

async function answerDecode(call: TeiCall): Promise<string[]> {
  const { c, deps, model } = call;
  const { ids, skipSpecialTokens } = parseDecodeBody(call);
  const work = deps.tasks.decode({ model, ids, skipSpecialTokens, signal: c.var.signal });
  return (await runTask(c, ids.length, work)).texts;
}

function parseDecodeBody({ deps, body }: TeiCall): Pick<DecodeRequest, "ids" | "skipSpecialTokens"> {
  // One list is one text, however many ids it has.
  if (!hasTokenIds(body["ids"]) || Array.isArray(body["ids"][0])) checkCount(body["ids"], deps, IDS);
  const { skip_special_tokens: skip } = parseFields(TeiDecodeFieldsSchema, body);
  const ids = parseIdLists(body["ids"], { ...IDS, limit: deps.limits.inputs }).map((list) => list.ids);
  checkIdCount(ids, deps.limits.textBytes);
  return { ids, skipSpecialTokens: skip ?? true };
}

/** What a text of one-byte tokens at its limit could have: each id costs as a piece of text does. */
function checkIdCount(lists: readonly (readonly number[])[], limit: number): void {
  const found = lists.reduce((sum, ids) => sum + ids.length, 0);
  if (found <= limit) return;
  const message = `Cannot decode ids: found ${found} token ids, the limit is ${limit}`;
  throw new TermiteError("text_too_large", message, { details: { param: IDS.param, found, limit } });
}
