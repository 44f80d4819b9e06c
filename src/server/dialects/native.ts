// What is native alone: `GET /api/version` and `GET /api/models`, as the Go termite has them. `/api/embed` is Ollama's.
import type { ModelKind } from "../../models/model-name.ts";
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
        summary: "Models that can be asked for, by what their folder says they are for",
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

/** A model outside every kind's folder is an embedder. Kinds that only the Go termite has are there for its clients. */
async function answerKinds(c: ServerContext, deps: ServerDeps): Promise<Response> {
  const models = await listUsable(deps);
  const list = (wanted: ModelKind): string[] =>
    models.filter(({ kind = "embedders" }) => kind === wanted).map(({ id }) => id);
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
