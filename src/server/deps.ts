// What the server is given by the composition in `cli/serve.ts`. The server knows interfaces, never processes or folders.
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { ModelStore, Task } from "../models/manifest.ts";
import type { Embedder } from "../pipelines/embed-request.ts";
import type { Tasks } from "../pipelines/tasks.ts";
import type { Admission } from "../scheduler/admission.ts";
import type { ResultCache } from "../scheduler/cache/result-cache.ts";
import type { Target, TargetChoice } from "../target.ts";
import type { ApiKey } from "./security/api-key.ts";

export type ReadinessStatus = "ready" | "loading" | "installing" | "draining" | "failed";

export interface Readiness {
  status: ReadinessStatus;
  /** While installing: which plugin, and how much of its download is here. */
  plugin?: string;
  percent?: number;
  /** The target that serves, once it is known. */
  target?: TargetChoice;
  /** Why it is not ready, in words, never with a path. */
  reason?: string;
}

/** How many of a model's programs can run by now; with one of them every text of a usual length is answered. */
export interface ProgramCount {
  ready: number;
  planned: number;
}

export interface ServerLimits {
  bodyBytes: number;
  inputs: number;
  textBytes: number;
}

export interface VersionInfo {
  version: string;
  build: string;
  engines: Readonly<Record<string, string>>;
}

/** The process that holds a loaded model, and what it says of the model. */
export interface RunnerSummary {
  target: TargetChoice;
  /**
   * What really executes; `null` until the engine has started. `memoryBytes` is what it may use at most, `usedBytes` what its
   * allocator counts for all models, `null` where it does not count.
   */
  device: { name: string; index: number; memoryBytes: number; usedBytes: number | null } | null;
  /** `pid` is `null` while a new process is being started; `memoryBytes` is resident, `null` where nobody knows. */
  runner: { pid: number | null; library: string; version: string; memoryBytes: number | null } | null;
  /** What the engine holds for the model; `null` where it cannot say. */
  memory: { weightBytes: number; programBytes: number } | null;
  /** `null` where the engine compiles none. */
  programs: ProgramCount | null;
}

/** One runner's process, for metrics. */
export interface RunnerFigures {
  target: Target;
  /** Since this server started. */
  restarts: number;
  /** Resident, when it was last asked; absent where nobody knows. */
  memoryBytes?: number | undefined;
}

/** What is read when metrics are asked for, instead of being counted all the time. */
export interface MetricsFacts {
  version: VersionInfo;
  target: TargetChoice;
  modelsLoaded: number;
  runners: readonly RunnerFigures[];
  queue: ReturnType<Admission["figures"]> | undefined;
  cache: ReturnType<ResultCache["figures"]> | undefined;
}

/** Counts, and shows what was counted. */
export interface MetricsRegistry extends Metrics {
  /** In the text format of Prometheus. */
  format(facts: MetricsFacts): Promise<string>;
  readonly contentType: string;
}

export interface ServerDeps {
  embedder: Embedder;
  tasks: Tasks;
  models: ModelStore;
  /** The model of requests that name none; `undefined` where the configuration gives none for the task. */
  defaultModel: (task: Task) => string | undefined;
  /** What a loaded model runs on, by its fingerprint. */
  runner: (key?: string) => RunnerSummary;
  /** Asks runners for what `runner` and `programs` tell; never rejects, never takes long. Absent: they tell what they know. */
  refresh?: () => Promise<void>;
  readiness: () => Readiness;
  /** Of the default model; `undefined` where its engine compiles none. */
  programs?: () => ProgramCount | undefined;
  version: VersionInfo;
  limits: ServerLimits;
  requestTimeoutMs: number;
  /** Whether one request more is let in; absent: always. */
  admission?: Pick<Admission, "enter" | "figures">;
  /** What is kept of results, for metrics; absent: nothing. */
  results?: Pick<ResultCache, "figures">;
  /** Absent: nothing is counted, and there is no `/metrics`. */
  metrics?: MetricsRegistry;
  /** Every runner that there is; for metrics. */
  runners?: () => readonly RunnerFigures[];
  /** One line in the log for every request; absent: yes. */
  hasAccessLog?: boolean;
  /** What token ids in OpenAI's dialect are: GPT's `cl100k_base` (decoded to text), the model's own, or refused. */
  openaiTokenIds: "cl100k" | "model" | "refuse";
  /** Who may ask; empty: everyone. */
  apiKeys: readonly ApiKey[];
  /** Exact origins of web pages that may ask, or "*" alone; empty: none. */
  corsOrigins: readonly string[];
  /** JSON schema (2020-12) of the configuration, shown as component `Config` in `/openapi.json`. */
  configSchema: Readonly<Record<string, unknown>>;
  log: Log;
}
