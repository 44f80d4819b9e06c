// What is native alone: `GET /api/version` and `GET /api/models`, as the Go termite has them. `/api/embed` is Ollama's.
import type { ModelSummary } from "../../models/manifest.ts";
import type { ModelKind } from "../../models/model-name.ts";
import type { Task } from "../../task.ts";
import { describeAnswers } from "../answers.ts";
import type { ServerDeps } from "../deps.ts";
import { answerJson } from "../route.ts";
import type { Route, ServerContext } from "../route.ts";
import { KindsAnswer, VersionAnswer } from "../schemas/native.ts";
import { listUsable } from "../usable-models.ts";

export function createNativeRoutes(deps: ServerDeps): Route[] {
  return [
    {
      method: "GET",
      path: "/api/models",
      doc: {
        summary: "Models that can be asked for, by what they are for",
        answers: describeAnswers("native", { ...KindsAnswer, description: "Ids of the models that can be used" }, [500]),
      },
      handle: (c) => answerKinds(c, deps),
    },
    {
      method: "GET",
      path: "/api/version",
      doc: {
        summary: "Version of the server",
        answers: describeAnswers("native", { ...VersionAnswer, description: "The version" }, []),
      },
      handle: (c) => answerJson(c, { version: deps.version.version }),
    },
  ];
}

const KINDS: Readonly<Record<Task, ModelKind>> = {
  embed: "embedders",
  sparse: "embedders",
  rerank: "rerankers",
  classify: "classifiers",
  recognize: "recognizers",
};

/** What the model is for, which is its folder's kind where there is one; a chunker is no task of its own. */
function resolveKind({ kind, task }: ModelSummary): ModelKind {
  return kind === "chunkers" || task === undefined ? (kind ?? "embedders") : KINDS[task];
}

/** Kinds that only the Go termite has are there for its clients. */
async function answerKinds(c: ServerContext, deps: ServerDeps): Promise<Response> {
  const models = await listUsable(deps);
  const list = (wanted: ModelKind): string[] =>
    models.filter((model) => resolveKind(model) === wanted).map(({ id }) => id);
  return answerJson(c, {
    chunkers: list("chunkers"),
    rerankers: list("rerankers"),
    embedders: list("embedders"),
    recognizers: list("recognizers"),
    classifiers: list("classifiers"),
    generators: [],
    extractors: [],
    rewriters: [],
    readers: [],
    transcribers: [],
  });
}
