// A long text to chunks of about as many tokens as asked for, with exact offsets. Tokens are counted by a model's own
// tokenizer, without special ones; its graph is not loaded for it.
import { TermiteError } from "../../errors.ts";
import type { ModelManifest } from "../../models/manifest.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { createOffsets } from "./offsets.ts";
import { packPieces } from "./packing.ts";
import { createPieces, type Piece } from "./pieces.ts";
import { createTextTokens } from "./token-count.ts";
import type { ModelAccess } from "../access/model-access.ts";
import type { Chunk, Chunker, ChunkRequest } from "../tasks.ts";
import { encodeOriginals } from "../tokenize/original-offsets.ts";
import { workInTurns } from "../results/turns.ts";

export function createChunker(access: Pick<ModelAccess, "useTokenizer">): Chunker {
  const chunk: Chunker["chunk"] = async (request) => {
    checkSizes(request);
    return await access.useTokenizer(request, async (tokenizer, manifest) => {
      return { model: manifest.id, chunks: await chunkText(tokenizer, manifest, request) };
    });
  };
  return { chunk };
}

/** None for a text of spaces alone. */
async function chunkText(tokenizer: Tokenizer, manifest: ModelManifest, request: ChunkRequest): Promise<Chunk[]> {
  const { text, signal } = request;
  const [encoding] = await encodeOriginals(tokenizer, manifest, [text], { addSpecialTokens: false, signal });
  if (encoding === undefined) return [];
  const offsets = createOffsets(text);
  const tokens = await createTextTokens({ text, encoding, offsets, signal });
  const pieces: Piece[] = [];
  await workInTurns(createPieces(request, tokens), signal, (piece) => void pieces.push(piece));
  const chunks: Chunk[] = [];
  await workInTurns(await packPieces(pieces, tokens, request), signal, ({ start, end }) => {
    const [startChar, endChar] = [offsets.toCodePoints(start), offsets.toCodePoints(end)];
    chunks.push({ id: chunks.length, text: text.slice(start, end), startChar, endChar });
  });
  return chunks;
}

function checkSizes({ targetTokens, overlapTokens, maxChunks }: ChunkRequest): void {
  checkAtLeast("target_tokens", targetTokens, 1);
  checkAtLeast("overlap_tokens", overlapTokens, 0);
  checkAtLeast("max_chunks", maxChunks, 1);
  if (overlapTokens < targetTokens) return;
  const need = `need less than "target_tokens" (${targetTokens})`;
  throw new TermiteError("invalid_request", `Cannot chunk the text: found "overlap_tokens" ${overlapTokens}, ${need}`, {
    hint: 'Choose a smaller "overlap_tokens"',
    details: { param: "overlap_tokens", overlapTokens, targetTokens },
  });
}

function checkAtLeast(param: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  const message = `Cannot chunk the text: found "${param}" ${value}, need a whole number from ${least} on`;
  throw new TermiteError("invalid_request", message, { details: { param } });
}
