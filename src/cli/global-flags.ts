// Flags that stand before the command (`termite --home /data serve`) are moved behind it. Pure.
import { configFlagOptions } from "../config/flags.ts";
import { TermiteError } from "../errors.ts";
import { GLOBAL_FLAGS } from "./command.ts";

export interface SplitArguments {
  globals: string[];
  /** The command's words and everything after them. */
  words: string[];
}

/** Everything up to the first word that is neither a flag nor a flag's value. `-h`, `-v` are spelled out. */
export function splitGlobalFlags(argv: readonly string[]): SplitArguments {
  const globals: string[] = [];
  let index = 0;
  for (; index < argv.length; index++) {
    const word = spellOut(argv[index] ?? "");
    if (!word.startsWith("-") || word === "-") break;
    globals.push(word);
    if (!takesValue(word)) continue;
    const value = argv[++index];
    if (value === undefined) throw new TermiteError("usage", `Cannot run "termite": flag "${word}" needs a value`, { hint: "termite --help" });
    globals.push(value);
  }
  return { globals, words: argv.slice(index) };
}

function spellOut(word: string): string {
  if (word === "-h") return "--help";
  return word === "-v" || word === "-V" ? "--version" : word;
}

function takesValue(word: string): boolean {
  if (word.includes("=")) return false;
  const name = word.replace(/^--/, "");
  if (Object.hasOwn(GLOBAL_FLAGS, name) || name === "version") return false;
  return configFlagOptions()[name]?.type === "string";
}
