// What is wrong with a bundle, in one form.
import { TermiteError } from "../../errors.ts";

export function createBundleError(name: string, found: string, cause?: unknown): TermiteError {
  const hint = "Make it anew where the plugin is installed: termite plugin export SPEC -o FILE";
  return new TermiteError("invalid_bundle", `Cannot use "${name}": ${found}`, { hint, cause });
}
