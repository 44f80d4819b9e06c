// Opens one model: its tokenizer, then its session in the runner; and says how far that is.
import type { SessionFacts } from "../../backends/backend.ts";
import type { Log, LogFields } from "../../log.ts";
import type { ModelManifest } from "../../models/manifest.ts";
import type { Runner } from "../../runners/runner.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import { addRawHead } from "../embed/raw-head.ts";
import type { LoadPhase } from "../embed-request.ts";

export interface LoadedModel {
  manifest: ModelManifest;
  tokenizer: Tokenizer;
  facts: SessionFacts;
}

export interface OpenModelOptions {
  openTokenizer: (manifest: ModelManifest) => Promise<Tokenizer>;
  runner: Pick<Runner, "load" | "unload">;
  log: Log;
  /** Called when the model inside the executable cannot be loaded: extracts it anew if it is damaged. True when it was. */
  repairEmbedded: () => Promise<boolean>;
}

/** `onPhase` is called when each step begins. */
export async function openModel(
  options: OpenModelOptions,
  manifest: ModelManifest,
  onPhase: (phase: LoadPhase) => void,
): Promise<LoadedModel> {
  try {
    return await openOnce(options, manifest, onPhase);
  } catch (error) {
    if (!manifest.embedded || !(await options.repairEmbedded())) throw error;
    await options.runner.unload(manifest.fingerprint);
    options.log.warn("the model inside the executable was damaged on disk and is extracted anew", { model: manifest.id });
    return await openOnce(options, manifest, onPhase);
  }
}

/** The tokenizer first: its check is cheap next to a session. */
async function openOnce(
  { openTokenizer, runner, log }: OpenModelOptions,
  manifest: ModelManifest,
  onPhase: (phase: LoadPhase) => void,
): Promise<LoadedModel> {
  const { id, fingerprint: key, graphFile, heads, maxTokens, target, precision, maxBatchTokens } = manifest;
  const startedAt = performance.now();
  onPhase("tokenizer");
  const tokenizer = await openTokenizer(manifest);
  onPhase("session");
  const placement = {
    ...(target !== undefined && { target }),
    ...(precision !== undefined && { precision }),
    ...(maxBatchTokens !== undefined && { maxBatchTokens }),
  };
  const facts = await runner.load({ key, name: id, graphFile, heads: addRawHead(heads), maxTokens, ...placement });
  const ms = Math.round(performance.now() - startedAt);
  log.info("model loaded", { model: id, ms, ...describeManifest(manifest) });
  return { manifest, tokenizer, facts };
}

function describeManifest({ task, taskOrigin, poolingOrigin, maxTokens, maxTokensOrigin }: ModelManifest): LogFields {
  const pooling = task === "embed" ? { pooling: poolingOrigin } : {};
  return { task, taskFrom: taskOrigin, ...pooling, limit: maxTokens, limitFrom: maxTokensOrigin };
}
