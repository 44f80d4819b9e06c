// What a server answers while there is nothing yet that could work: it is alive, what it does, and everything else is
// refused with a time to come back. Neither models nor keys are needed for it.
import { Hono } from "hono";
import { TermiteError } from "../errors.ts";
import type { Log } from "../log.ts";
import { createAccessLog } from "./access-log.ts";
import type { ServerDeps } from "./deps.ts";
import { createProbeRoutes } from "./dialects/operations.ts";
import { answerError } from "./errors.ts";
import { findRefusal, resolveReadiness } from "./gate.ts";
import type { ServerEnv } from "./route.ts";
import { createSecurityHeaders } from "./security/security-headers.ts";

export interface StartingDeps extends Pick<ServerDeps, "readiness" | "hasAccessLog"> {
  log: Log;
}

export function createStartingApp(deps: StartingDeps): Hono<ServerEnv> {
  const routes = createProbeRoutes(deps);
  const app = new Hono<ServerEnv>();
  const { log, hasAccessLog = true } = deps;
  app.use(createAccessLog({ log, hasAccessLog, probes: new Set(routes.map(({ path }) => path)) }), createSecurityHeaders());
  for (const { path, handle } of routes) app.get(path, handle);
  app.notFound((c) => {
    const refusal = findRefusal(resolveReadiness(c, deps));
    return answerError(refusal ?? new TermiteError("internal", "Cannot answer: found no phase"), c, deps.log);
  });
  app.onError((error, c) => answerError(error, c, deps.log));
  return app;
}
