// The HTTP application: routes, their refusals, and the errors between them. Needs no socket: see `listen.ts`.
import { Hono } from "hono";
import { TermiteError } from "../errors.ts";
import { NO_METRICS } from "../metrics.ts";
import { createAccessLog } from "./access-log.ts";
import { createAdmissionGate } from "./admit.ts";
import { createDeadline } from "./deadline.ts";
import type { ServerDeps } from "./deps.ts";
import { createCohereRoutes } from "./dialects/cohere.ts";
import { createDocsRoutes } from "./dialects/docs.ts";
import { createModelRoutes } from "./dialects/ollama-models.ts";
import { createOllamaRoutes } from "./dialects/ollama.ts";
import { createMetricsRoutes } from "./dialects/metrics.ts";
import { createNativeRoutes } from "./dialects/native.ts";
import { createOpenAiRoutes } from "./dialects/openai.ts";
import { createOperationsRoutes } from "./dialects/operations.ts";
import { createTaskRoutes } from "./dialects/tasks.ts";
import { createTeiRoutes } from "./dialects/tei.ts";
import { answerError } from "./errors.ts";
import { createGate } from "./gate.ts";
import { createPathReader, formatPattern } from "./read-path.ts";
import type { Route, ServerEnv } from "./route.ts";
import { createApiKeyGuard } from "./security/api-key-guard.ts";
import { createCors } from "./security/cors.ts";
import { createScopedRoutes } from "./security/scoped-routes.ts";
import { createSecurityHeaders } from "./security/security-headers.ts";

export function createApp(deps: ServerDeps): Hono<ServerEnv> {
  const routes = createScopedRoutes(deps, createRoutes);
  const probes = new Set(routes.filter(({ isProbe }) => isProbe === true).map(({ path }) => path));
  const { log, hasAccessLog = true, metrics = NO_METRICS } = deps;
  const app = new Hono<ServerEnv>({ getPath: createPathReader(routes) });
  const accessLog = createAccessLog({ log, probes, hasAccessLog, metrics });
  app.use(accessLog, createSecurityHeaders(), createCors(deps), createApiKeyGuard(deps));
  for (const { path, methods } of groupByPath(routes)) addPath(app, path, methods, deps);
  app.notFound((c) => answerError(createNotFound(c.req.path), c, deps.log));
  app.onError((error, c) => answerError(error, c, deps.log));
  return app;
}

function createRoutes(deps: ServerDeps): readonly Route[] {
  const routes: Route[] = [
    ...createOllamaRoutes(deps),
    ...createModelRoutes(deps),
    ...createNativeRoutes(deps),
    ...createTaskRoutes(deps),
    ...createOpenAiRoutes(deps),
    ...createCohereRoutes(deps),
    ...createTeiRoutes(deps),
    ...createOperationsRoutes(deps, () => routes),
    ...createMetricsRoutes(deps),
    ...createDocsRoutes(deps, () => routes),
  ];
  return routes;
}

interface PathRoutes {
  path: string;
  methods: Route[];
}

/** One entry a path, in the order in which each came first. */
function groupByPath(routes: readonly Route[]): PathRoutes[] {
  return [...Map.groupBy(routes, ({ path }) => path)].map(([path, methods]) => ({ path, methods }));
}

function addPath(app: Hono<ServerEnv>, path: string, methods: readonly Route[], deps: ServerDeps): void {
  const pattern = formatPattern(path);
  app.use(pattern, (c, next) => {
    c.set("route", path);
    return next();
  });
  for (const route of methods) addRoute(app, pattern, route, deps);
  // Whatever else comes to the path is the wrong method. hono answers HEAD where there is GET.
  const allow = methods.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method])).join(", ");
  app.all(pattern, (c) => {
    throw createWrongMethod(c.req.method, c.req.path, allow);
  });
}

function addRoute(app: Hono<ServerEnv>, pattern: string, { method, isWork, handle }: Route, deps: ServerDeps): void {
  if (isWork === true) app.on(method, pattern, createGate(deps), createAdmissionGate(deps));
  // A body can be slow to come, whatever it is for.
  if (method === "POST") app.on(method, pattern, createDeadline(deps.requestTimeoutMs));
  app.on(method, pattern, handle);
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
