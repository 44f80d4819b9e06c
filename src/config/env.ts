// The only reader of `process.env`, and the environment of every child process.

/** A copy: later changes of the process's environment do not show in it. */
export function readEnvironment(): Record<string, string> {
  return keepText(process.env);
}

/**
 * What a runner or another child is started with: `env` without the names by which Bun's runtime runs or loads code
 * (`BUN_OPTIONS --preload`, `BUN_BE_BUN`, `BUN_INSPECT_PRELOAD`, `BUN_RUNTIME_TRANSPILER_CACHE_PATH`, `NODE_OPTIONS`, …)
 * or changes its engine (`BUN_JSC_…`). All of `BUN_` goes, so that a name that a later Bun learns goes too; and so do the
 * keys to the server, because no child answers clients. `extra` is added as it is. Bun's crash reporter stays off: no
 * process of termite speaks to anyone unasked.
 */
export function createChildEnvironment(
  env: Readonly<Record<string, string>>,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const kept = Object.entries(env).filter(([name]) => !/^(BUN_|JSC_)|^NODE_(OPTIONS|PATH)$|^TERMITE_API_KEYS?$/.test(name));
  return { ...Object.fromEntries(kept), BUN_ENABLE_CRASH_REPORTING: "0", ...extra };
}

function keepText(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(entries);
}
