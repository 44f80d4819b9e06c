// `1_Pooling/config.json` of sentence-transformers: which token vectors become the text's vector. Pure.
import * as v from "valibot";
import { POOL_MODES, type PoolMode } from "../heads/head.ts";

const Flag = v.nullish(v.boolean());
const Width = v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1)));

/** Both forms: booleans (up to version 5) and `pooling_mode` (from version 5.4), which wins where both are. */
export const PoolingConfigSchema = v.object({
  word_embedding_dimension: Width,
  embedding_dimension: Width,
  pooling_mode: v.nullish(v.union([v.string(), v.pipe(v.array(v.string()), v.minLength(1))])),
  pooling_mode_cls_token: Flag,
  pooling_mode_max_tokens: Flag,
  pooling_mode_mean_tokens: Flag,
  pooling_mode_mean_sqrt_len_tokens: Flag,
  pooling_mode_weightedmean_tokens: Flag,
  pooling_mode_lasttoken: Flag,
  include_prompt: Flag,
});
export type PoolingConfig = v.InferOutput<typeof PoolingConfigSchema>;

/** What people and files call each mode. */
const MODE_NAMES: Readonly<Record<string, PoolMode>> = {
  cls: "cls",
  max: "max",
  mean: "mean",
  mean_sqrt_len: "mean_sqrt_len",
  mean_sqrt_len_tokens: "mean_sqrt_len",
  weightedmean: "weightedmean",
  lasttoken: "lasttoken",
  last: "lasttoken",
};

function findPoolMode(name: string): PoolMode | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(MODE_NAMES, key) ? MODE_NAMES[key] : undefined;
}

/**
 * The modes in the order in which their vectors are concatenated: the order of the list where there is one, else
 * POOL_MODES. No mode at all is mean, as sentence-transformers has it. An unknown name is given back as `unknown`.
 */
export function resolvePoolModes(config: PoolingConfig): { modes: readonly PoolMode[] } | { unknown: string } {
  if (config.pooling_mode !== undefined && config.pooling_mode !== null) {
    const names = typeof config.pooling_mode === "string" ? [config.pooling_mode] : config.pooling_mode;
    const unknown = names.find((name) => findPoolMode(name) === undefined);
    if (unknown !== undefined) return { unknown };
    return { modes: names.map(findPoolMode).filter((mode) => mode !== undefined) };
  }
  const flags: Record<PoolMode, boolean | null | undefined> = {
    cls: config.pooling_mode_cls_token,
    max: config.pooling_mode_max_tokens,
    mean: config.pooling_mode_mean_tokens,
    mean_sqrt_len: config.pooling_mode_mean_sqrt_len_tokens,
    weightedmean: config.pooling_mode_weightedmean_tokens,
    lasttoken: config.pooling_mode_lasttoken,
  };
  const modes = POOL_MODES.filter((mode) => flags[mode] === true);
  return { modes: modes.length === 0 ? ["mean"] : modes };
}
