// A text that is longer than a model takes as overlapping windows of it, and in which one each token is read. Pure.
import { TermiteError } from "../../errors.ts";
import type { TokenItem } from "../../scheduler/scheduler.ts";
import type { DetailedEncoding } from "../../tokenizers/tokenizer.ts";
import { createItem } from "../inputs/prepare-texts.ts";

export interface TokenWindow {
  item: TokenItem;
  /** Tokens of the encoding that it reads, `end` excluded; row `row` of its result belongs to the first of them. */
  start: number;
  end: number;
  row: number;
}

export interface WindowOptions {
  /** Tokens of a window, special ones included. */
  limit: number;
  /** Tokens that neighbouring windows share; absent: the whole encoding is one window. */
  stride?: number | undefined;
  /** The model's name, for messages. */
  model: string;
}

/** The special tokens around the text are around each window; the last window may be shorter, as in transformers. */
export function createWindows(encoding: DetailedEncoding, { limit, stride, model }: WindowOptions): TokenWindow[] {
  const { ids, special } = encoding;
  const body = findBody(special);
  const whole = { item: createItem(encoding), start: 0, end: ids.length, row: 0 };
  if (stride === undefined) return [whole];
  const room = limit - (ids.length - (body.end - body.start));
  checkStride(stride, room, model);
  if (ids.length <= limit) return [whole];
  const windows: TokenWindow[] = [];
  for (let start = body.start, end = start; end < body.end; start += room - stride) {
    end = Math.min(start + room, body.end);
    windows.push({ item: cutItem(encoding, body, { start, end }), start, end, row: body.start });
  }
  return windows;
}

/**
 * Of all windows together: 2048 texts of 512 tokens, which is as much as a request without windows asks of most models.
 * A stride of almost a whole window makes hundreds of tokens of one.
 */
export const MOST_WINDOW_TOKENS = 1024 * 1024;

/**
 * Before any window is made; throws `invalid_request` with both numbers. Texts that are one window count for nothing.
 * Checks the stride too.
 */
export function checkWindowTokens(encodings: readonly WindowSource[], { limit, stride, model }: WindowOptions): void {
  if (stride === undefined) return;
  const tokens = encodings.reduce((sum, encoding) => sum + countWindowTokens(encoding, { limit, stride, model }), 0);
  if (tokens <= MOST_WINDOW_TOKENS) return;
  const found = `found ${tokens} tokens in windows of ${limit}, need ${MOST_WINDOW_TOKENS} or fewer in one request`;
  throw new TermiteError("invalid_request", `Cannot recognize entities with a stride of ${stride} tokens: ${found}`, {
    hint: "Choose a smaller stride, or send fewer or shorter texts",
    details: { param: "stride", stride, tokens, limit: MOST_WINDOW_TOKENS },
  });
}

type WindowSource = Pick<DetailedEncoding, "ids" | "special">;

type StrideOptions = WindowOptions & { stride: number };

function countWindowTokens({ ids, special }: WindowSource, { limit, stride, model }: StrideOptions): number {
  const body = findBody(special);
  const around = ids.length - (body.end - body.start);
  const room = limit - around;
  checkStride(stride, room, model);
  if (ids.length <= limit) return 0;
  const windows = 1 + Math.ceil((ids.length - limit) / (room - stride));
  return ids.length - around + windows * around + (windows - 1) * stride;
}

/** Throws `invalid_request` where windows would not move on, or leave tokens out. */
export function checkStride(stride: number, room: number, model: string): void {
  if (Number.isInteger(stride) && stride >= 0 && stride < room) return;
  const need = `need a whole number from 0 to ${Math.max(0, room - 1)}`;
  throw new TermiteError("invalid_request", `Cannot use a stride of ${stride} tokens with "${model}": ${need}`, {
    hint: 'Leave "stride" out to have long texts cut',
    details: { param: "stride", stride, room },
  });
}

/**
 * Of each token, the index of the window in which it has the most context on its poorer side; the first of equals. An
 * end of the text itself is no lack of context.
 */
export function findBestWindows(windows: readonly TokenWindow[], tokens: number): Int32Array {
  const best = new Int32Array(tokens);
  const context = new Float64Array(tokens).fill(-1);
  for (const [index, { start, end }] of windows.entries()) {
    for (let token = start; token < end; token++) {
      const before = index === 0 ? Infinity : token - start;
      const behind = index === windows.length - 1 ? Infinity : end - 1 - token;
      if (Math.min(before, behind) <= (context[token] ?? 0)) continue;
      context[token] = Math.min(before, behind);
      best[token] = index;
    }
  }
  return best;
}

interface Range {
  start: number;
  end: number;
}

/** Between the special tokens around it. */
function findBody(special: Uint8Array): Range {
  return { start: Math.max(0, special.indexOf(0)), end: special.lastIndexOf(0) + 1 };
}

function cutItem({ ids, typeIds, fullLength }: DetailedEncoding, body: Range, { start, end }: Range): TokenItem {
  const cut = (values: Int32Array): Int32Array => {
    const all = new Int32Array(body.start + end - start + values.length - body.end);
    all.set(values.subarray(0, body.start));
    all.set(values.subarray(start, end), body.start);
    all.set(values.subarray(body.end), body.start + end - start);
    return all;
  };
  return createItem({ ids: cut(ids), fullLength, ...(typeIds === undefined ? {} : { typeIds: cut(typeIds) }) });
}
