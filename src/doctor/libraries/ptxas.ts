// A `ptxas` in PATH: XLA takes it before the one that belongs to its plugin, and an older one compiles wrong or not at all.
import type { Verdict } from "../finding.ts";

/** `paths`: every one in PATH, in order. */
export function resolvePtxas(paths: readonly string[]): Verdict {
  const [first, ...others] = paths;
  if (first === undefined) return { status: "ok", found: "no foreign ptxas in PATH" };
  const more = others.length === 0 ? "" : `, and after it ${others.join(", ")}`;
  return {
    status: "warn",
    found: `${first} is in PATH${more}`,
    needed: "none: XLA would take it before the one of its plugin",
    remedy: `Take "${first.slice(0, first.lastIndexOf("/"))}" out of the PATH that termite is started with`,
  };
}
