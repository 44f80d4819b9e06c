// What `/api/show` tells of a model that Ollama has no words for: the task and what decides an answer, and where each
// comes from.
import type { ModelManifest, Task } from "../models/manifest.ts";

/** Ollama's own word for embedding; it has none for the rest. */
const CAPABILITIES: Readonly<Record<Task, string>> = {
  embed: "embedding",
  rerank: "rerank",
  classify: "classify",
  recognize: "recognize",
  sparse: "sparse",
};

export function listCapabilities({ task }: Pick<ModelManifest, "task">): string[] {
  return [CAPABILITIES[task]];
}

/** As entries of `model_info`. What a model of the task does not have has no entry. */
export function formatModelFacts(manifest: ModelManifest): object {
  return {
    "termite.embedded": manifest.embedded,
    "termite.task": manifest.task,
    "termite.task_origin": manifest.taskOrigin,
    "termite.context_length_origin": manifest.maxTokensOrigin,
    "termite.lower_case": manifest.lowerCase,
    "termite.prompts": manifest.prompts,
    "termite.default_prompt": manifest.defaultPrompt,
    ...formatPooling(manifest),
    ...formatLabels(manifest),
  };
}

function formatPooling({ heads, poolingOrigin, nativeDimensions, dimensions }: ModelManifest): object {
  const head = heads["embed"];
  if (head?.kind !== "pool") return {};
  const sizes = nativeDimensions === undefined ? dimensions : [nativeDimensions, ...dimensions];
  return {
    "termite.pooling": head.modes,
    "termite.pooling_origin": poolingOrigin,
    "termite.normalize": head.steps.some(({ kind }) => kind === "normalize"),
    "termite.dimensions": [...new Set(sizes)].sort((left, right) => right - left),
  };
}

function formatLabels({ labels, isMultiLabel }: ModelManifest): object {
  return labels.length === 0 ? {} : { "termite.labels": labels, "termite.multi_label": isMultiLabel };
}
