// The longest input of a model, from the first of its files that says it (contract: HTTP, "A model's limit").
import * as v from "valibot";
import type { ModelFiles } from "./model-files.ts";
import { readInitializers } from "./onnx-initializers.ts";

export const SentenceConfigSchema = v.object({
  max_seq_length: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1))),
  do_lower_case: v.nullish(v.boolean()),
});
export type SentenceConfig = v.InferOutput<typeof SentenceConfigSchema>;

/** Tokenizers without a limit say 1e30; a number that large says nothing. */
const TokenizerConfigSchema = v.object({ model_max_length: v.nullish(v.number()) });
const NO_LIMIT = 1_000_000;

export interface TransformerConfig {
  max_position_embeddings?: number | null | undefined;
  model_type?: string | null | undefined;
  pad_token_id?: number | null | undefined;
}

/** Their first position is `pad_token_id + 1`, so that many rows of the table are never used for text. */
const OFFSET_POSITIONS = new Set([
  "roberta", "xlm-roberta", "xlm-roberta-xl", "roberta-prelayernorm", "camembert", "mpnet", "longformer",
  "data2vec-text", "ibert", "luke", "xmod",
]);

export interface MaxTokens {
  maxTokens: number;
  maxTokensOrigin: string;
}

export interface MaxTokensSources {
  files: ModelFiles;
  /** What `readBeside` found. */
  sentence: SentenceConfig | undefined;
  /** Names of `tokenizer_config.json` to look for, in order. */
  tokenizerConfigs: readonly string[];
  config: TransformerConfig | undefined;
  graphFile: string;
}

export async function readMaxTokens(sources: MaxTokensSources): Promise<MaxTokens> {
  const { files, sentence, config } = sources;
  const own = sentence?.max_seq_length;
  if (own !== undefined && own !== null) return { maxTokens: own, maxTokensOrigin: "sentence_bert_config.json" };
  for (const name of sources.tokenizerConfigs) {
    const length = (await files.readJson(name, TokenizerConfigSchema))?.model_max_length ?? NO_LIMIT;
    if (Number.isInteger(length) && length > 0 && length < NO_LIMIT) {
      return { maxTokens: length, maxTokensOrigin: "tokenizer_config.json" };
    }
  }
  const positions = config?.max_position_embeddings ?? 0;
  if (config !== undefined && positions > 0) {
    return { maxTokens: Math.max(1, positions - countUnusedPositions(config)), maxTokensOrigin: "config.json" };
  }
  const rows = findPositionRows(sources.graphFile);
  if (rows !== undefined) return { maxTokens: rows, maxTokensOrigin: "the graph's position table" };
  return { maxTokens: 512, maxTokensOrigin: "default: no file says it" };
}

function countUnusedPositions(config: TransformerConfig): number {
  return OFFSET_POSITIONS.has(config.model_type ?? "") ? (config.pad_token_id ?? 1) + 1 : 0;
}

/** "embeddings.position_embeddings.weight", "wpe.weight", "embed_positions.weight". */
const POSITION_TABLE = /position_embedding|embed_positions|(^|[./_])wpe[./_]/i;

/** Usable rows of the position table; `undefined` when the graph has none (rotary positions) or hides its name. */
function findPositionRows(graphFile: string): number | undefined {
  const table = readInitializers(graphFile).find(({ name, dims }) => dims.length === 2 && POSITION_TABLE.test(name));
  const rows = table?.dims[0];
  if (rows === undefined || rows < 1) return undefined;
  // RoBERTa's tables have two rows more than the power of two that they are trained for (514), BERT's do not.
  const isOffset = rows > 4 && Number.isInteger(Math.log2(rows - 2));
  return isOffset ? rows - 2 : rows;
}
