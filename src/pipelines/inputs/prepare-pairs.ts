// Texts that belong together to token items: one sequence, token types kept, special tokens never cut.
import type { TokenItem } from "../../scheduler/scheduler.ts";
import type { PairStrategy } from "../../tokenizers/tokenizer.ts";
import { checkLengths, type InputName } from "./check-lengths.ts";
import type { LoadedModel } from "../access/loaded-models.ts";
import { createItem } from "./prepare-texts.ts";
import type { TaskRequest } from "../tasks.ts";

export interface PairsToPrepare extends Pick<TaskRequest, "truncate" | "direction" | "signal"> {
  pairs: readonly (readonly [string, string])[];
  strategy: PairStrategy;
  nameOf: (index: number) => InputName;
}

export async function createPairItems(
  { manifest, tokenizer }: LoadedModel,
  request: PairsToPrepare,
): Promise<TokenItem[]> {
  const { pairs, strategy, direction, truncate, signal, nameOf } = request;
  if (pairs.length === 0) return [];
  const limit = manifest.maxTokens;
  const encoded = await tokenizer.encodePairs(pairs, limit, signal, { strategy, direction });
  if (!truncate) checkLengths(encoded, limit, nameOf);
  return encoded.map(createItem);
}
