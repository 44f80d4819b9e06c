// Settings of the Go termite that mean nothing here. People bring its `termite.yaml` and its environment along: each is
// told once, as a warning that names what takes its place, and not obeyed. What means the same here is simply obeyed.

const FOREIGN: ReadonlyMap<string, string> = new Map([
  ["health_port", "/healthz and /readyz are served on api_url"],
  ["pool_size", "one session per model serves all requests, nothing replaces it"],
  ["model_strategies", "preload names what is loaded at the start"],
  ["s3_credentials", "nothing replaces it"],
  ["content_security", "termite fetches nothing that a request names, nothing replaces it"],
  ["max_queue_size", "max_queue_tokens replaces it"],
]);

const ENGINES: ReadonlyMap<string, string> = new Map([
  ["coreml", "nothing replaces it"],
  ["go", "onnx:cpu replaces it"],
]);

/** The foreign key that a file's top-level name or a variable's ("content_security_user_agent") belongs to. */
export function findForeignKey(name: string): string | undefined {
  return [...FOREIGN.keys()].find((key) => name === key || name.startsWith(`${key}_`));
}

/** `termite.yaml: health_port is a setting of another termite and not obeyed: …` */
export function formatForeignKey(where: string, key: string): string {
  return `${where}: ${key} is a setting of another termite and not obeyed: ${FOREIGN.get(key) ?? "unknown here"}`;
}

/** What is left of a value, and a line for each part of it that only the Go termite knows. */
export interface ForeignCheck {
  /** `undefined` when nothing is left: the key then counts as not set. */
  value: unknown;
  warnings: string[];
}

/** Engines of `backend_priority` and the style of `log.style` that only the Go termite has; other values stay as they are. */
export function dropForeignValues(where: string, key: string, value: unknown): ForeignCheck {
  if (key === "backend_priority" && Array.isArray(value)) return dropEngines(where, value);
  if (key !== "log.style" || value !== "noop") return { value, warnings: [] };
  return { value: undefined, warnings: [`${where}: log.style: noop is a style of another termite: log.level "error" says least`] };
}

/** "coreml", and with a device as well: "go:cpu". */
function dropEngines(where: string, words: readonly unknown[]): ForeignCheck {
  const kept: unknown[] = [];
  const warnings: string[] = [];
  for (const word of words) {
    const replacement = typeof word === "string" ? ENGINES.get(word.split(":")[0] ?? "") : undefined;
    if (replacement === undefined) kept.push(word);
    else warnings.push(`${where}: backend_priority: ${String(word)} is an engine of another termite: ${replacement}`);
  }
  return { value: kept.length === 0 && warnings.length > 0 ? undefined : kept, warnings };
}
