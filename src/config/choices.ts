// The words that keys accept, and the variables that are no keys. Plain tables.
import { POOL_MODES } from "../heads/head.ts";
import type { PoolMode } from "../heads/head.ts";
import { TARGETS } from "../target.ts";
import type { Target } from "../target.ts";

/** What `models.<name>.pooling` accepts: the short words and those of sentence-transformers. */
export const POOLING_WORDS = {
  mean: "mean",
  cls: "cls",
  max: "max",
  last: "lasttoken",
  weighted: "weightedmean",
  "mean-sqrt-len": "mean_sqrt_len",
  mean_sqrt_len: "mean_sqrt_len",
  weightedmean: "weightedmean",
  lasttoken: "lasttoken",
} as const satisfies Record<string, PoolMode> & Record<PoolMode, PoolMode>;

/** The words that name a way to pool, for messages: the short ones only. */
export const POOLING_CHOICES = Object.keys(POOLING_WORDS).filter(
  (word) => word === "cls" || word === "mean" || word === "max" || !POOL_MODES.some((mode) => mode === word),
);

/** Targets whose library a plugin brings. */
export const PLUGIN_WORDS = ["onnx:cuda", "xla:cuda", "xla:tpu"] as const satisfies readonly Target[];

export const TARGET_WORDS = [...TARGETS, "onnx", "xla"] as const;
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export const LOG_STYLES = ["terminal", "logfmt", "json"] as const;
export const TOKEN_ID_WORDS = ["cl100k", "model", "refuse"] as const;

/**
 * They replace what hardware detection asks and which wheels an install trusts. Accepted as they are, obeyed and told of
 * by whoever reads them.
 */
export const DETECTION_VARIABLES: readonly string[] = [
  "TERMITE_SYSTEM_ROOT", "TERMITE_FAKE_NVML", "TERMITE_PLUGIN_LOCK",
];

/** Of commands that ask a running server, which are no keys either: what a server itself asks for are hashes. */
export const CLIENT_VARIABLES: readonly string[] = ["TERMITE_API_KEY"];
