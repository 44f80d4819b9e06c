// What mends the failure that a look ended with: the error's own hint, never a command that would fail the same way.
import { TermiteError } from "../errors.ts";

const REPORT = "Run again with --debug and report what it prints";

/** `otherwise`: where the failure itself says nothing. */
export function resolveRemedy(failure: unknown, otherwise = REPORT): string {
  if (!(failure instanceof TermiteError)) return otherwise;
  // Its message says so too, and has no hint for that.
  const isReadOnly = failure.code === "home_not_writable";
  return failure.hint ?? (isReadOnly ? "Set TERMITE_HOME (or --home) to a folder that you can write to" : otherwise);
}
