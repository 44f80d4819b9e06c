// The HTTP application: routes, their refusals, and the errors between them. Needs no socket: see `listen.ts`.
import { Hono } from "hono";
import { TermiteError } from "../errors.ts";
import { createAccessLog } from "./access-log.ts";
import { createDeadline } from "./deadline.ts";
import type { ServerDeps } from "./deps.ts";
import { createModelRoutes } from "./dialects/ollama-models.ts";
import { createOllamaRoutes } from "./dialects/ollama.ts";
import { createNativeRoutes } from "./dialects/native.ts";
import { createOpenAiRoutes } from "./dialects/openai.ts";
import { createOperationsRoutes } from "./dialects/operations.ts";
import { answerError } from "./errors.ts";
import { createGate } from "./gate.ts";
import type { Route, ServerEnv } from "./route.ts";

export function createApp(deps: ServerDeps): Hono<ServerEnv> {
  const routes = createRoutes(deps);
  const probes = new Set(routes.filter(({ isProbe }) => isProbe === true).map(({ path }) => path));
  const app = new Hono<ServerEnv>({ getPath: readPath });
  app.use(createAccessLog(deps.log, probes));
  for (const route of routes) addRoute(app, route, deps);
  app.notFound((c) => answerError(createNotFound(c.req.path), c, deps.log));
  app.onError((error, c) => answerError(error, c, deps.log));
  return app;
}

/**
 * The path of a request's URL. hono takes it from the eighth character on, which is wrong for a request without a Host (HTTP/1.0
 * probes send none): Bun then gives "http:///healthz". Samples: "http://127.0.0.1:11433/readyz?x", "http:///healthz", "/healthz".
 */
function readPath({ url }: Request): string {
  return /^(?:[a-z]+:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1] || "/";
}

function createRoutes(deps: ServerDeps): readonly Route[] {
  const routes: Route[] = [
    ...createOllamaRoutes(deps),
    ...createModelRoutes(deps),
    ...createNativeRoutes(deps),
    ...createOpenAiRoutes(deps),
    ...createOperationsRoutes(deps, () => routes),
  ];
  return routes;
}

function addRoute(app: Hono<ServerEnv>, { method, path, isWork, handle }: Route, deps: ServerDeps): void {
  const pattern = path.replace(/\{(\w+)\}/g, ":$1{.+}");
  if (isWork === true) app.on(method, pattern, createGate(deps));
  // A body can be slow to come, whatever it is for.
  if (method === "POST") app.on(method, pattern, createDeadline(deps.requestTimeoutMs));
  app.on(method, pattern, handle);
  // Every path has one method: whatever else comes to it is the wrong one. hono answers HEAD where there is GET.
  app.all(pattern, (c) => {
    throw createWrongMethod(c.req.method, c.req.path, method === "GET" ? "GET, HEAD" : method);
  });
}

function createNotFound(path: string): TermiteError {
  return new TermiteError("route_not_found", `Cannot find "${path.slice(0, 200)}": no such route`, {
    hint: "the routes are listed at /openapi.json",
  });
}

function createWrongMethod(found: string, path: string, allow: string): TermiteError {
  return new TermiteError("method_not_allowed", `Cannot answer ${found} "${path}": expected ${allow}`, {
    details: { allow },
  });
}
