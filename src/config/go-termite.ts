// Settings of the Go termite that mean nothing here. People bring its `termite.yaml` along: each is told once, as a
// warning that names what takes its place, and not obeyed.

const REPLACEMENTS: ReadonlyMap<string, string> = new Map([
  ["health_port", "/healthz and /readyz are served on api_url"],
  ["pool_size", "one session per model serves all requests, nothing replaces it"],
  ["model_strategies", "preload names what is loaded at the start"],
  ["s3_credentials", "nothing replaces it"],
  ["content_security", "termite fetches nothing that a request names, nothing replaces it"],
  ["max_queue_size", "nothing replaces it"],
]);

const ENGINES: ReadonlyMap<string, string> = new Map([
  ["coreml", "nothing replaces it"],
  ["go", "onnx:cpu replaces it"],
]);

/** The foreign key that a file's top-level name or a variable's ("content_security_user_agent") belongs to. */
export function findForeignKey(name: string): string | undefined {
  return [...REPLACEMENTS.keys()].find((key) => name === key || name.startsWith(`${key}_`));
}

/** `termite.yaml: health_port is a setting of another termite and not obeyed: …` */
export function formatForeignKey(where: string, key: string): string {
  return `${where}: ${key} is a setting of another termite and not obeyed: ${REPLACEMENTS.get(key) ?? "unknown here"}`;
}

/** The words of a `backend_priority` without the engines that only the Go termite has, and a line for each of those. */
export function dropForeignEngines(where: string, words: readonly unknown[]): { words: unknown[]; warnings: string[] } {
  const kept: unknown[] = [];
  const warnings: string[] = [];
  for (const word of words) {
    const replacement = typeof word === "string" ? ENGINES.get(word) : undefined;
    if (replacement === undefined) kept.push(word);
    else warnings.push(`${where}: backend_priority: ${String(word)} is an engine of another termite: ${replacement}`);
  }
  return { words: kept, warnings };
}
