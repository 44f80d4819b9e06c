// The one way from a model's name to a model that runs: found, held against the task, loaded while somebody works with
// it.
import { TermiteError } from "../../errors.ts";
import { NO_METRICS, type Metrics } from "../../metrics.ts";
import type { ModelManifest, ModelStore, Task } from "../../models/manifest.ts";
import type { Admission, Permit } from "../../scheduler/admission.ts";
import type { ResultCache } from "../../scheduler/cache/result-cache.ts";
import type { Scheduler, Work } from "../../scheduler/scheduler.ts";
import type { Tokenizers } from "../../tokenizers/open.ts";
import type { Embedder } from "../embed-request.ts";
import { LoadedModels, type LoadedModel, type LoadedModelsOptions, type UseOptions } from "./loaded-models.ts";
import { countTokens } from "../inputs/prepare-texts.ts";
import type { AccessRequest, ModelAccess, OpenModel } from "./model-access.ts";
import { OpenTokenizers } from "./open-tokenizers.ts";
import { createTimedTokenizers } from "./timed-tokenizers.ts";

export interface ModelAccessOptions extends Omit<LoadedModelsOptions, "openTokenizer"> {
  store: Pick<ModelStore, "resolve">;
  tokenizers: Tokenizers;
  scheduler: Pick<Scheduler, "submit">;
  /** In front of the scheduler; absent: everything runs. */
  results?: Pick<ResultCache, "run">;
  /** Whether there is room for a request's tokens; absent: always. */
  admission?: Pick<Admission, "reserve">;
  metrics?: Metrics;
}

/** Access for pipelines, and what concerns models of every task: loading ahead, unloading, what is loaded. */
export interface OpenAccess extends ModelAccess, Pick<Embedder, "preload" | "unload" | "loaded"> {
  /** Before the runner's: no model is unloaded by itself any more. */
  close(): void;
}

export function createModelAccess(options: ModelAccessOptions): OpenAccess {
  const { store, scheduler, results, admission, metrics = NO_METRICS } = options;
  const timed = createTimedTokenizers(options.tokenizers, metrics);
  const tokenizers = new OpenTokenizers({ ...options, tokenizers: timed });
  const models = new LoadedModels({ ...options, openTokenizer: (manifest) => tokenizers.open(manifest) });
  const use: ModelAccess["use"] = async (request, tasks, work, { check, estimate } = {}) => {
    const manifest = await store.resolve(request.model);
    checkTask(manifest, tasks);
    check?.(manifest);
    request.signal.throwIfAborted();
    const flow = { client: request.client ?? "", model: manifest.id };
    const permit = admission?.reserve(flow, estimate?.(manifest) ?? 0);
    const run = createRun({ scheduler, results, manifest, request, permit });
    try {
      return await useTimed(models, manifest, (model, loadNs) => work({ ...model, loadNs, run }), request);
    } finally {
      permit?.release();
    }
  };
  const useTokenizer: ModelAccess["useTokenizer"] = async ({ model, signal }, work) => {
    const manifest = await store.resolve(model);
    return await tokenizers.use(manifest, (tokenizer) => work(tokenizer, manifest), signal);
  };
  const preload: Embedder["preload"] = async (name, wanted = {}) => {
    const manifest = await store.resolve(name);
    return await useTimed(models, manifest, async (_, loadNs) => ({ model: manifest.id, loadNs }), wanted);
  };
  const unload = async (name: string): Promise<string> => {
    const { id } = await store.resolve(name);
    models.expire(id);
    return id;
  };
  const close = (): void => {
    models.close();
    tokenizers.close();
  };
  return { use, useTokenizer, preload, unload, loaded: () => models.list(), close };
}

interface RunParts extends Pick<ModelAccessOptions, "scheduler"> {
  results: ModelAccessOptions["results"];
  manifest: ModelManifest;
  request: AccessRequest;
  permit: Permit | undefined;
}

function createRun({ scheduler, results, manifest, request, permit }: RunParts): OpenModel["run"] {
  const { signal, client = "" } = request;
  const { fingerprint: model, id: name } = manifest;
  return async (head, items) => {
    signal.throwIfAborted();
    const work: Work = { model, name, client, head, items, signal };
    if (results !== undefined) return await results.run(work, permit);
    permit?.resize(countTokens(items));
    return await scheduler.submit(permit === undefined ? work : { ...work, onDone: permit.finish });
  };
}

/** What a model of each task is asked to do, in messages. */
const VERBS: Readonly<Record<Task, string>> = {
  embed: "embed",
  rerank: "rerank",
  classify: "classify",
  recognize: "recognize entities",
  sparse: "give sparse vectors",
};

function checkTask({ id, task, taskOrigin }: ModelManifest, tasks: readonly Task[]): void {
  if (tasks.includes(task)) return;
  const verbs = tasks.map((wanted) => VERBS[wanted]).join(" or ");
  const message = `Cannot ${verbs} with "${id}": it is a model for ${task} (by ${taskOrigin})`;
  throw new TermiteError("wrong_task", message, {
    hint: `Name a model for ${tasks.join(" or ")}, or set models."${id}".task in termite.yaml if its files are wrong`,
    details: { param: "model", model: id, task, need: tasks },
  });
}

/** With the nanoseconds that it waited for the model to load; 0 when it was loaded. */
async function useTimed<T>(
  models: LoadedModels,
  manifest: ModelManifest,
  task: (model: LoadedModel, loadNs: number) => Promise<T>,
  options: UseOptions,
): Promise<T> {
  const startedNs = models.has(manifest) ? undefined : Bun.nanoseconds();
  return await models.use(
    manifest,
    (model) => task(model, startedNs === undefined ? 0 : Bun.nanoseconds() - startedNs),
    options,
  );
}
