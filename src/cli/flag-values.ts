// Values of flags as a command wants them; what is wrong with one is a `usage` error. Pure.
import { TermiteError } from "../errors.ts";
import type { Invocation } from "./command.ts";

/** `undefined` for a flag that was not given. */
export function readFlagText({ flags }: Invocation, name: string): string | undefined {
  const value = flags[name];
  return typeof value === "string" ? value : undefined;
}

/** A whole number above 0; `undefined` for a flag that was not given. */
export function readFlagCount(invocation: Invocation, command: string, name: string): number | undefined {
  const flag = readFlagText(invocation, name);
  if (flag === undefined) return undefined;
  const value = Number(flag);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new TermiteError("usage", `Cannot run "termite ${command}": --${name} is "${flag}", need a whole number above 0`);
}
