// Text in, every token's vector out, as the model gives it: special tokens included, neither pooled nor at length 1
// (what text-embeddings-inference calls `embed_all`).
import { TermiteError } from "../../errors.ts";
import type { RaggedResult } from "../../heads/head.ts";
import { HEAD_NAMES, type ModelManifest } from "../../models/manifest.ts";
import type { ModelAccess, OpenModel } from "../access/model-access.ts";
import { estimateTexts } from "../inputs/estimate-tokens.ts";
import { countTokens, createTokenItems, nameInput, resolvePrompt } from "../inputs/prepare-texts.ts";
import { readTokenRows } from "../results/read-tokens.ts";
import type { TextsRequest, TokenEmbedder, TokenVectorsResult } from "../tasks.ts";

export function createTokenEmbedder(access: Pick<ModelAccess, "use">): TokenEmbedder {
  const embedTokens = (request: TextsRequest): Promise<TokenVectorsResult> => {
    const check = (manifest: ModelManifest): void => void resolvePrompt(manifest, request.prompt);
    const estimate = ({ maxTokens }: ModelManifest): number => estimateTexts(request.texts, maxTokens);
    return access.use(request, ["embed"], (model) => embedTexts(model, request), { check, estimate });
  };
  return { embedTokens };
}

async function embedTexts(model: OpenModel, request: TextsRequest): Promise<TokenVectorsResult> {
  const { manifest, facts, loadNs } = model;
  const items = await createTokenItems(model, request);
  const tokens = countTokens(items);
  checkNumbers(tokens, facts.width ?? manifest.nativeDimensions);
  const results = await model.run(HEAD_NAMES.tokens, items);
  const vectors = items.map(({ ids }, index) => {
    const name = { what: nameInput(index).what, content: "token vectors" };
    return splitRows(readTokenRows(manifest, results[index], ids.length, name));
  });
  checkNumbers(tokens, vectors[0]?.[0]?.length);
  return { model: manifest.id, vectors, promptTokens: tokens, loadNs };
}

/** Of one answer: about 100 MB as JSON, and room for a text of 8,192 tokens with vectors of 1,024 numbers. */
const MAX_NUMBERS = 8 * 1024 * 1024;

function checkNumbers(tokens: number, width = 0): void {
  if (tokens * width <= MAX_NUMBERS) return;
  const numbers = `${tokens} tokens of ${width} numbers (${tokens * width} in all)`;
  const found = `found ${numbers}, the limit is ${MAX_NUMBERS} numbers`;
  throw new TermiteError("input_too_long", `Cannot give a vector for every token: ${found}`, {
    hint: "Send fewer texts at once",
    details: { param: "inputs", tokens, width, limit: MAX_NUMBERS },
  });
}

/** Views of the result, one a token. */
function splitRows({ width, data, lengths }: RaggedResult): Float32Array[] {
  return Array.from({ length: lengths[0] ?? 0 }, (_, row) => data.subarray(row * width, (row + 1) * width));
}
