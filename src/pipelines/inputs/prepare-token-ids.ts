// Token ids of a client's own to token items: it has tokenized with the model's vocabulary, special tokens included.
import { TermiteError } from "../../errors.ts";
import type { TokenItem } from "../../scheduler/scheduler.ts";
import type { Encoded, TruncationDirection } from "../../tokenizers/tokenizer.ts";
import { checkLengths } from "./check-lengths.ts";
import type { EmbedRequest } from "../embed-request.ts";
import type { LoadedModel } from "../access/loaded-models.ts";
import { createItem, nameInput } from "./prepare-texts.ts";

/**
 * `invalid_request` for an id that the model does not have: an engine could only fail on it. What is cut off is not looked
 * at.
 */
export function createIdItems(
  model: LoadedModel,
  tokenIds: readonly (readonly number[])[],
  { truncate, direction = "right" }: Pick<EmbedRequest, "truncate" | "direction">,
): TokenItem[] {
  const limit = model.manifest.maxTokens;
  const encoded = tokenIds.map((ids, index): Encoded => {
    const kept = cutIds(ids, limit, direction);
    checkIds(model, kept, index);
    return { ids: Int32Array.from(kept), fullLength: ids.length };
  });
  if (!truncate) checkLengths(encoded, limit, nameInput);
  return encoded.map(createItem);
}

function checkIds({ tokenizer, manifest }: LoadedModel, ids: readonly number[], index: number): void {
  const unknown = ids.find((id) => tokenizer.findToken(id) === undefined);
  if (ids.length > 0 && unknown === undefined) return;
  const found =
    unknown === undefined
      ? "found no token ids"
      : `found token id ${unknown}, and "${manifest.id}" has a vocabulary of ${tokenizer.vocabularySize} tokens`;
  throw new TermiteError("invalid_request", `Cannot embed input ${index}: ${found}`, {
    hint: "Send the text itself",
    details: { param: "input", index },
  });
}

function cutIds(ids: readonly number[], limit: number, direction: TruncationDirection): readonly number[] {
  if (ids.length <= limit) return ids;
  return direction === "right" ? ids.slice(0, limit) : ids.slice(-limit);
}
