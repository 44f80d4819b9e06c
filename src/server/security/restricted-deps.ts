// What the routes are given for a key that may be used for some things only. Whatever does work or names a model passes a
// permit first, so that no route can forget it.
import type { ModelStore, ModelSummary, Task } from "../../models/manifest.ts";
import type { Embedder } from "../../pipelines/embed-request.ts";
import type { Tasks } from "../../pipelines/tasks.ts";
import type { ServerDeps } from "../deps.ts";
import type { ApiKey } from "./api-key.ts";
import { createPermit, type Permit } from "./permit.ts";
import { resolvePermittedError } from "./permitted-hint.ts";

export function createRestrictedDeps<T extends ServerDeps>(deps: T, key: ApiKey): T {
  const permit = createPermit(deps.models, key);
  const guard = createGuard(deps.models, permit);
  return {
    ...deps,
    embedder: createEmbedder(deps.embedder, permit, guard),
    tasks: createTasks(deps.tasks, guard),
    models: createModels(deps.models, permit, guard),
  };
}

/** Does the work if the key may, by the task of the model itself where there is none. */
type Guard = <T>(use: { model: string; task?: Task | undefined }, work: () => Promise<T>) => Promise<T>;

function createGuard(models: ModelStore, permit: Permit): Guard {
  return async ({ model, task }, work) => {
    await permit.check(model, task);
    try {
      return await work();
    } catch (error) {
      throw await resolvePermittedError(error, model, () => listPermitted(models, permit));
    }
  };
}

function createEmbedder(embedder: Embedder, permit: Permit, guard: Guard): Embedder {
  return {
    embed: (request) => guard({ model: request.model, task: "embed" }, () => embedder.embed(request)),
    preload: (model, options) => guard({ model }, () => embedder.preload(model, options)),
    unload: (model) => guard({ model }, () => embedder.unload(model)),
    loaded: () => embedder.loaded().filter(({ manifest: { id, task } }) => permit.hasId(id) && permit.hasTask(task)),
  };
}

/** Tokens alone count as the model's own task, whatever it is. */
function createTasks(tasks: Tasks, guard: Guard): Tasks {
  return {
    rerank: createGuarded(guard, "rerank", (request) => tasks.rerank(request)),
    classify: createGuarded(guard, "classify", (request) => tasks.classify(request)),
    classifyZeroShot: createGuarded(guard, "classify", (request) => tasks.classifyZeroShot(request)),
    recognize: createGuarded(guard, "recognize", (request) => tasks.recognize(request)),
    embedSparse: createGuarded(guard, "sparse", (request) => tasks.embedSparse(request)),
    embedTokens: createGuarded(guard, "embed", (request) => tasks.embedTokens(request)),
    similarity: createGuarded(guard, "embed", (request) => tasks.similarity(request)),
    tokenize: createGuarded(guard, undefined, (request) => tasks.tokenize(request)),
    decode: createGuarded(guard, undefined, (request) => tasks.decode(request)),
    chunk: createGuarded(guard, undefined, (request) => tasks.chunk(request)),
  };
}

function createGuarded<R extends { model: string }, T>(
  guard: Guard,
  task: Task | undefined,
  work: (request: R) => Promise<T>,
): (request: R) => Promise<T> {
  return (request) => guard({ model: request.model, task }, () => work(request));
}

function createModels(models: ModelStore, permit: Permit, guard: Guard): ModelStore {
  return {
    list: () => listPermitted(models, permit),
    resolve: (name) => guard({ model: name }, () => models.resolve(name)),
    identify: (name) => guard({ model: name }, () => models.identify(name)),
    describe: (name) => guard({ model: name }, () => models.describe(name)),
  };
}

async function listPermitted(models: ModelStore, permit: Permit): Promise<ModelSummary[]> {
  await permit.readIds();
  const listed = await models.list();
  return listed.filter(({ id, task }) => permit.hasId(id) && (task === undefined || permit.hasTask(task)));
}
