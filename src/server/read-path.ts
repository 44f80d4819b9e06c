// The path of a request as the router matches it. A parameter may hold slashes: "/m/BAAI/bge/embed" is route
// "/m/{model}/embed". hono's can only at the end of a path, so those in the middle are written as "%2F", which hono takes
// back when the parameter is read.
import type { Route } from "./route.ts";

/** What stands before and behind the parameter of a path. */
interface Ends {
  before: string;
  after: string;
}

export function createPathReader(routes: readonly Pick<Route, "path">[]): (request: Pick<Request, "url">) => string {
  const ends = routes.flatMap(({ path }) => findEnds(path));
  return ({ url }) => {
    const path = parsePath(url);
    const match = ends.find((found) => fits(path, found));
    return match === undefined ? path : encodeSlashes(path, match);
  };
}

/** A route's path as hono writes it: a parameter at its end takes the rest. */
export function formatPattern(path: string): string {
  return path.replace(/\{(\w+)\}$/, ":$1{.+}").replace(/\{(\w+)\}\//, ":$1/");
}

/**
 * hono takes the path from the eighth character on, which is wrong for a request without a Host (HTTP/1.0 probes send
 * none): Bun then gives "http:///healthz". Samples: "http://127.0.0.1:11433/readyz?x", "http:///healthz", "/healthz".
 */
function parsePath(url: string): string {
  return /^(?:[a-z]+:\/\/[^/?#]*)?([^?#]*)/i.exec(url)?.[1] || "/";
}

function findEnds(path: string): Ends[] {
  const [, before, after] = /^(.*)\{\w+\}(\/.*)$/.exec(path) ?? [];
  return before === undefined || after === undefined ? [] : [{ before, after }];
}

function fits(path: string, { before, after }: Ends): boolean {
  return path.startsWith(before) && path.endsWith(after) && path.length > before.length + after.length;
}

function encodeSlashes(path: string, { before, after }: Ends): string {
  return before + path.slice(before.length, -after.length).replaceAll("/", "%2F") + after;
}
