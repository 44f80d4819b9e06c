// The proxy variables that requests obey, shown without user name and password.
import type { Verdict } from "../finding.ts";

const VARIABLES = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"];

export function resolveProxy(environment: Readonly<Record<string, string>>): Verdict {
  const set = VARIABLES.flatMap((name) => {
    const value = environment[name]?.trim();
    return value === undefined || value === "" ? [] : [`${name}=${formatValue(name, value)}`];
  });
  return { status: "ok", found: set.length === 0 ? "no proxy variable is set" : set.join(" ") };
}

/** Scheme, host and port. What is no address is not shown: it may be a password in a form that nobody foresaw. */
function formatValue(name: string, value: string): string {
  if (name.toLowerCase() === "no_proxy") return value;
  const url = URL.parse(value.includes("://") ? value : `http://${value}`);
  return url === null || url.host === "" ? "…" : `${url.protocol}//${url.host}`;
}
