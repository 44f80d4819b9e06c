// Which configuration counts, and what in it is not obeyed.
import type { LoadedConfig } from "../../config/config.ts";
import type { Verdict } from "../finding.ts";

export function resolveFile({ file, warnings }: Pick<LoadedConfig, "file" | "warnings">): Verdict {
  const found = file === undefined ? "no configuration file: defaults, environment and flags" : `read from ${file}`;
  if (warnings.length === 0) return { status: "ok", found };
  return {
    status: "warn",
    found: `${found}; ${warnings.join("; ")}`,
    needed: "only settings that are obeyed",
    remedy: "termite config --schema",
  };
}
