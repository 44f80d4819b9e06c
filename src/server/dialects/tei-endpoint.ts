// text-embeddings-inference: one of its work routes as plain data, and what they all do before their own work begins.
import { TermiteError } from "../../errors.ts";
import type { TaskRequest } from "../../pipelines/tasks.ts";
import type { Task } from "../../task.ts";
import { checkTextCount } from "../body/texts.ts";
import type { Body } from "../body/validate.ts";
import type { ServerDeps } from "../deps.ts";
import type { Answer, Described, ServerContext } from "../route.ts";
import { readCaller } from "../task-work.ts";

export interface TeiCall {
  c: ServerContext;
  deps: ServerDeps;
  model: string;
  /** As it came. */
  body: Body;
}

export interface TeiEndpoint {
  /** The route: "embed". */
  name: string;
  summary: string;
  /** Whose default model answers where none is named, the first that there is. */
  tasks: readonly Task[];
  request: Described;
  answer: Answer;
  /** True: there may be vectors in the answer, as `formatAnswer` takes them. */
  hasVectors?: true;
  /** The answer's body. */
  handle: (call: TeiCall) => Promise<unknown>;
}

/** The model in the path, or the default one. `model_not_found` where the configuration has none for the tasks. */
export function resolveTeiModel(c: ServerContext, { defaultModel }: ServerDeps, tasks: readonly Task[]): string {
  const model = c.req.param("model")?.replace(/\/$/, "") ?? tasks.map(defaultModel).find((name) => name !== undefined);
  if (model !== undefined) return model;
  const [task = ""] = tasks;
  throw new TermiteError("model_not_found", `Cannot choose a model: found no "default_model" for "${task}"`, {
    hint: `name one in the path, "/m/<model>${c.req.path.replace(/\/$/, "")}", or set "default_model.${task}"`,
  });
}

/** An empty list is an error of its own here; one that is too long is refused before its elements are looked at. */
export function checkCount(value: unknown, { limits }: ServerDeps, words: { param: string; verb: string }): void {
  if (Array.isArray(value) && value.length === 0) {
    throw new TermiteError("empty_inputs", `Cannot ${words.verb} ${words.param}: found an empty list`, {
      details: { param: words.param },
    });
  }
  checkTextCount(value, limits.inputs, words);
}

interface CutFields {
  truncate: boolean | null;
  truncation_direction: "left" | "right" | "Left" | "Right" | null;
}

/** What every task is asked with. */
export function createTaskRequest({ c, model }: TeiCall, cut: CutFields): TaskRequest {
  return { model, ...readCaller(c), ...parseCut(cut) };
}

export function parseCut(fields: CutFields): Pick<TaskRequest, "truncate" | "direction"> {
  const { truncate, truncation_direction: end } = fields;
  return { truncate: truncate ?? false, direction: end === "left" || end === "Left" ? "left" : "right" };
}
