// What everyone may ask, keys or not: what probes ask and what describes the server. None of it says what is on it.

const OPEN_PATHS: ReadonlySet<string> = new Set(["/", "/health", "/healthz", "/readyz", "/openapi.json", "/docs"]);

export function isOpen(method: string, path: string): boolean {
  return (method === "GET" || method === "HEAD") && OPEN_PATHS.has(path);
}
