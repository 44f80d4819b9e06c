// What machines ask: `GET /healthz` (alive), `/readyz` (can work), `/openapi.json` (what there is).
import { describeAnswers } from "../answers.ts";
import type { ProgramCount, Readiness, ServerDeps } from "../deps.ts";
import { resolveReadiness } from "../gate.ts";
import type { OpenApiDocument } from "../openapi.ts";
import { createOnce } from "../once.ts";
import { stripFolders } from "../../strip-folders.ts";
import { answerJson } from "../route.ts";
import type { Answer, Route, ServerContext } from "../route.ts";
import { HealthAnswer, OpenApiAnswer, ReadinessAnswer } from "../schemas/operations.ts";

/** `routes` is every route of the app, for the document; it is read at the first request for it. */
export function createOperationsRoutes(deps: ServerDeps, routes: () => readonly Route[]): Route[] {
  const readDocument = createOnce(() => createDocument(deps, routes()));
  return [
    ...createProbeRoutes(deps),
    {
      method: "GET",
      path: "/openapi.json",
      doc: {
        summary: "This document",
        answers: describeAnswers("native", { ...OpenApiAnswer, description: "OpenAPI 3.1" }, []),
      },
      handle: async (c) => answerJson(c, await readDocument()),
    },
  ];
}

/** What is answered in every phase of a server's life. */
export function createProbeRoutes(deps: Pick<ServerDeps, "readiness" | "refresh" | "programs">): Route[] {
  return [
    {
      method: "GET",
      path: "/healthz",
      isProbe: true,
      doc: {
        summary: "Is the process alive",
        answers: describeAnswers("native", { ...HealthAnswer, description: "Always, while it runs" }, []),
      },
      handle: (c) => answerJson(c, { status: "ok" }),
    },
    {
      method: "GET",
      path: "/readyz",
      isProbe: true,
      doc: { summary: "Can the default model answer", answers: READINESS_ANSWERS },
      handle: async (c) => {
        await deps.refresh?.();
        return answerReadiness(c, resolveReadiness(c, deps), deps.programs?.());
      },
    },
  ];
}

const READINESS_ANSWERS: Readonly<Record<number, Answer>> = {
  200: { ...ReadinessAnswer, description: "It can" },
  503: {
    ...ReadinessAnswer,
    description: "It cannot: loading, installing a plugin, draining or failed",
    example: { status: "loading" },
  },
};

function answerReadiness(c: ServerContext, readiness: Readiness, programs: ProgramCount | undefined): Response {
  const { status, plugin, percent, target, reason } = readiness;
  const shown = reason === undefined ? undefined : stripFolders(reason);
  const isReady = status === "ready";
  return answerJson(c, { status, plugin, percent, target, ...(isReady && { programs }), reason: shown }, isReady ? 200 : 503);
}

/** The schema converter is only loaded here: most servers are never asked. */
export async function createDocument(deps: ServerDeps, routes: readonly Route[]): Promise<OpenApiDocument> {
  const { createOpenApiDocument } = await import("../openapi.ts");
  const { version, configSchema, apiKeys } = deps;
  return createOpenApiDocument(routes, { version: version.version, configSchema, hasKeys: apiKeys.length > 0 });
}
