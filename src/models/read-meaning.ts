// What comes out of a model of each task: the heads it gets in the runner, pooling and sizes of vectors, or labels.
import type { ModelOverride } from "../config/config.ts";
import type { DenseStep, Head, NormalizeStep, PoolMode } from "../heads/head.ts";
import type { Task } from "../task.ts";
import { checkModules } from "./check-modules.ts";
import type { GraphOutput } from "./graph-outputs.ts";
import { createLabels, NO_LABELS, type LabelFacts } from "./labels.ts";
import { HEAD_NAMES, type ModelManifest } from "./manifest.ts";
import type { ModelConfig } from "./model-config.ts";
import { createLoadError, type ModelFiles } from "./model-files.ts";
import { readModules, type Module, type Pooling } from "./modules.ts";

export interface MeaningSources {
  files: ModelFiles;
  override: ModelOverride;
  modules: readonly Module[] | undefined;
  config: ModelConfig | undefined;
  outputs: () => readonly GraphOutput[];
}

/** What the manifest says of what comes out of a model. */
export type Meaning = Pick<
  ModelManifest,
  "heads" | "poolingOrigin" | "includePrompt" | "nativeDimensions" | "dimensions" | keyof LabelFacts
>;

const LOGITS: Readonly<Record<string, Head>> = { [HEAD_NAMES.logits]: { kind: "logits" } };
const SPARSE = { heads: { [HEAD_NAMES.sparse]: { kind: "splade" } }, ...NO_LABELS } as const;

/** Of an embedding model: how token vectors become one. */
export async function readEmbedding({ files, override, modules, config }: MeaningSources): Promise<Meaning> {
  const plan = await readModules(files, modules);
  const pooling = resolvePooling(plan.pooling, override.pooling);
  const width = plan.pooling?.width ?? config?.hidden_size ?? undefined;
  return {
    heads: {
      [HEAD_NAMES.embed]: { kind: "pool", modes: pooling.modes, steps: plan.steps },
      [HEAD_NAMES.tokens]: { kind: "tokens", normalize: false },
    },
    ...NO_LABELS,
    poolingOrigin: pooling.origin,
    includePrompt: plan.pooling?.includePrompt ?? true,
    nativeDimensions: resolveNativeDimensions(files.model, width && width * pooling.modes.length, plan.steps),
    dimensions: override.dimensions ?? config?.matryoshka_dimensions ?? [],
  };
}

/** Of a model without pooling: logits, or sparse vectors. */
export async function readScores(sources: MeaningSources, task: Exclude<Task, "embed">): Promise<Meaning> {
  const { files, override, modules, config, outputs } = sources;
  for (const key of ["pooling", "dimensions"] as const) {
    if (override[key] === undefined) continue;
    throw createLoadError(files.model, `found "${key}" for it in termite.yaml, which the task "${task}" does not have`);
  }
  await checkModules(files, modules ?? [], task);
  return {
    ...(task === "sparse"
      ? SPARSE
      : { heads: LOGITS, ...createLabels({ model: files.model, task, config, outputs: outputs() }) }),
    poolingOrigin: "none: nothing is pooled",
    includePrompt: true,
    nativeDimensions: undefined,
    dimensions: [],
  };
}

interface PoolingChoice {
  modes: readonly PoolMode[];
  origin: string;
}

function resolvePooling(read: Pooling | undefined, override: PoolMode | undefined): PoolingChoice {
  if (override !== undefined) return { modes: [override], origin: "termite.yaml" };
  return read ?? { modes: ["mean"], origin: "default: no pooling files" };
}

/** Follows the width through the Dense steps; throws where one does not fit on the other. */
function resolveNativeDimensions(
  model: string,
  pooled: number | undefined,
  steps: readonly (DenseStep | NormalizeStep)[],
): number | undefined {
  let width = pooled;
  for (const step of steps) {
    if (step.kind !== "dense") continue;
    if (width !== undefined && width !== step.inFeatures) {
      throw createLoadError(model, `found a Dense module for vectors of ${step.inFeatures}, need ${width}`);
    }
    width = step.outFeatures;
  }
  return width;
}
