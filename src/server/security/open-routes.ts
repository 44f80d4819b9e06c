// What everyone may ask, keys or not: what probes and collectors ask and what describes the server. None of it says what is
// on it but /metrics, which names the models that are in use: open as with text-embeddings-inference and vLLM.

const OPEN_PATHS: ReadonlySet<string> = new Set(["/", "/health", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"]);

export function isOpen(method: string, path: string): boolean {
  return (method === "GET" || method === "HEAD") && OPEN_PATHS.has(path);
}
