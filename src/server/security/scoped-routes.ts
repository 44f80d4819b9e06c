// The same routes for every key, each answered with what that key may use.
import type { ServerDeps } from "../deps.ts";
import type { Route, ServerContext } from "../route.ts";
import { isScoped, type ApiKey } from "./api-key.ts";
import { createRestrictedDeps } from "./restricted-deps.ts";

/** `createRoutes` gives the same routes in the same order, whatever it is given. */
export function createScopedRoutes(
  deps: ServerDeps,
  createRoutes: (deps: ServerDeps) => readonly Route[],
): readonly Route[] {
  const routes = createRoutes(deps);
  const tables = new Map<ApiKey, readonly Route[]>();
  const findTable = (key: ApiKey): readonly Route[] => {
    const table = tables.get(key) ?? createRoutes(createRestrictedDeps(deps, key));
    tables.set(key, table);
    return table;
  };
  if (!deps.apiKeys.some(isScoped)) return routes;
  const findRoute = (route: Route, index: number, { var: { apiKey } }: ServerContext): Route =>
    apiKey === undefined || !isScoped(apiKey) ? route : (findTable(apiKey)[index] ?? route);
  return routes.map((route, index) => ({ ...route, handle: (c, next) => findRoute(route, index, c).handle(c, next) }));
}
