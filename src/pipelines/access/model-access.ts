// How every pipeline gets at a model: by name and task, loaded while it works, with the scheduler in front of the runner.
import type { HeadResult } from "../../heads/head.ts";
import type { ModelManifest, Task } from "../../models/manifest.ts";
import type { TokenItem } from "../../scheduler/scheduler.ts";
import type { Tokenizer } from "../../tokenizers/tokenizer.ts";
import type { LoadedModel } from "./loaded-models.ts";

export interface AccessRequest {
  /** As the client wrote it. */
  model: string;
  keepAliveMs?: number | undefined;
  /** Who asks, as far as it is known: clients share what there is. */
  client?: string | undefined;
  signal: AbortSignal;
}

export interface UseRules {
  /** May refuse by the manifest alone, before anything is loaded. */
  check?: (manifest: ModelManifest) => void;
  /** About how many tokens it will run, known before they are: too many at once are `overloaded`. */
  estimate?: (manifest: ModelManifest) => number;
}

export interface OpenModel extends LoadedModel {
  /** Nanoseconds that this request waited for the model to load; 0 when it was loaded. */
  loadNs: number;
  /** Runs items under one of the model's heads (`HEAD_NAMES`); one result an item, in order. */
  run(head: string, items: readonly TokenItem[]): Promise<HeadResult[]>;
}

export interface ModelAccess {
  /**
   * Calls `work` with the loaded model. A model of another task is `wrong_task` (400), which names its own, before anything is
   * loaded.
   */
  use<T>(
    request: AccessRequest,
    tasks: readonly Task[],
    work: (model: OpenModel) => Promise<T>,
    rules?: UseRules,
  ): Promise<T>;
  /** The tokenizer alone; the graph is not loaded for it. */
  useTokenizer<T>(
    request: AccessRequest,
    work: (tokenizer: Tokenizer, manifest: ModelManifest) => Promise<T>,
  ): Promise<T>;
}
