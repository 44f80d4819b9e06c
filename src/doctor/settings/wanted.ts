// What a person asked for by name in the configuration: `require_target`, and devices named in `backend_priority`.
import type { LoadedConfig } from "../../config/config.ts";
import type { Target } from "../../target.ts";

/** `what`: a target, or a device for any target on it. Nobody asked for the entries of the default list. */
export function isWanted(loaded: Pick<LoadedConfig, "config" | "namedTargets">, what: Target | "cuda" | "tpu"): boolean {
  const { config, namedTargets } = loaded;
  const asked = config.requireTarget === undefined ? namedTargets : [config.requireTarget, ...namedTargets];
  return asked.some((target) => target === what || target.endsWith(`:${what}`));
}
