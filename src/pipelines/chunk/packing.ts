// Pieces of a text to chunks: as many in a row as fit, each chunk beginning with the end of the one before it.
import { TermiteError } from "../../errors.ts";
import { findFirst } from "./offsets.ts";
import type { Piece } from "./pieces.ts";
import type { TextTokens } from "./token-count.ts";
import type { Span } from "./sentences.ts";
import type { ChunkRequest } from "../tasks.ts";
import { workInTurns } from "../results/turns.ts";

export type PackRequest = Pick<ChunkRequest, "method" | "targetTokens" | "overlapTokens" | "maxChunks" | "signal">;

/**
 * No chunk has more than `targetTokens`, the overlap with the one before it included, but the last one that `maxChunks`
 * allows: it takes all that is left, so that no text is lost.
 */
export async function packPieces(
  pieces: readonly Piece[],
  tokens: TextTokens,
  request: PackRequest,
): Promise<Span[]> {
  const { targetTokens, overlapTokens, maxChunks, signal } = request;
  const chunks: Span[] = [];
  let closed = 0;
  await workInTurns(pieces, signal, (piece) => {
    const { opens, start, end } = piece;
    const last = chunks.at(-1);
    if (last === undefined) return void chunks.push({ start, end });
    // A chunk that the overlap would repeat whole is no chunk of its own.
    const mayJoin = !opens || tokens.count(last) <= overlapTokens;
    const fits = mayJoin && tokens.count({ start: last.start, end }) <= targetTokens;
    if (fits || chunks.length >= maxChunks) return void (last.end = end);
    closed += last.end - last.start;
    if (closed > MAX_CHARACTERS) throw createTooMuchOverlap(request);
    chunks.push({ start: findStart(last, piece, { pieces, tokens, request }), end });
  });
  return chunks;
}

/** Of all chunks together, in UTF-16 units: a large overlap makes thousands of texts of one. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

function createTooMuchOverlap({ targetTokens, overlapTokens }: PackRequest): TermiteError {
  const found = `an overlap of ${overlapTokens} of ${targetTokens} tokens makes more than ${MAX_CHARACTERS} characters of it`;
  return new TermiteError("invalid_request", `Cannot chunk the text: ${found}`, {
    hint: 'Choose a smaller "overlap_tokens"',
    details: { param: "overlap_tokens", overlapTokens, targetTokens },
  });
}

interface Surroundings {
  pieces: readonly Span[];
  tokens: TextTokens;
  request: PackRequest;
}

/**
 * Where a chunk begins whose first new piece is `piece`: at most `overlapTokens` before the end of `last`, fewer where
 * the piece leaves no room for them. At a word, or a token where there is none; with "sentence" at a whole sentence or
 * not at all.
 */
function findStart(last: Span, piece: Span, { pieces, tokens, request }: Surroundings): number {
  const { method, targetTokens, overlapTokens } = request;
  const lastEnd = tokens.countBefore(last.end);
  const earliest = Math.max(lastEnd - overlapTokens, tokens.countBefore(piece.end) - targetTokens);
  if (earliest >= lastEnd) return piece.start;
  if (method === "sentence") {
    const index = findFirst(pieces.length, (at) => tokens.countBefore(pieces[at]?.start ?? 0) >= earliest);
    return pieces[index]?.start ?? piece.start;
  }
  const first = tokens.findStart(earliest) ?? piece.start;
  // Borders are looked for behind its start: behind the whole character where an earlier token shares it.
  const overlap = { start: tokens.countBefore(first) < earliest ? first : first - 1, end: last.end };
  const find = (kind: "word" | "token"): number | undefined => tokens.findBorders(overlap, kind).next().value;
  return find("word") ?? find("token") ?? piece.start;
}
