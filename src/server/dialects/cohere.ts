// Cohere's dialect, both of its versions: embed and rerank (which is Jina's as well).
import type { ServerDeps } from "../deps.ts";
import type { Route } from "../route.ts";
import { createCohereEmbedRoutes } from "./cohere-embed.ts";
import { createCohereRerankRoutes } from "./cohere-rerank.ts";

export function createCohereRoutes(deps: ServerDeps): Route[] {
  return [...createCohereEmbedRoutes(deps), ...createCohereRerankRoutes(deps)];
}
