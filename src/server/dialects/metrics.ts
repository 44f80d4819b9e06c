// `GET /metrics` for Prometheus: what was counted, and what can be read at once.
import { describeAnswers } from "../answers.ts";
import type { MetricsFacts, ServerDeps } from "../deps.ts";
import { answerText } from "../route.ts";
import type { Route } from "../route.ts";
import { MetricsAnswer } from "../schemas/operations.ts";

/** None where nothing is counted. */
export function createMetricsRoutes(deps: ServerDeps): Route[] {
  const { metrics } = deps;
  if (metrics === undefined) return [];
  const shown = { ...MetricsAnswer, description: "The text format of Prometheus", mediaType: "text/plain" } as const;
  return [
    {
      method: "GET",
      path: "/metrics",
      isProbe: true,
      doc: { summary: "What was counted, for Prometheus", answers: describeAnswers("native", shown, []) },
      handle: async (c) => answerText(c, await metrics.format(readFacts(deps)), metrics.contentType),
    },
  ];
}

function readFacts({ version, runner, embedder, runners, admission, results }: ServerDeps): MetricsFacts {
  return {
    version,
    target: runner().target,
    modelsLoaded: embedder.loaded().filter(({ isLoaded }) => isLoaded).length,
    runners: runners?.() ?? [],
    queue: admission?.figures(),
    cache: results?.figures(),
  };
}
