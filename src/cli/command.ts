// One command of the tree: a citty command whose flags are parsed strictly (citty itself accepts unknown ones).
import { parseArgs } from "node:util";
import { defineCommand } from "citty";
import type { CommandDef } from "citty";
import { formatError, TermiteError } from "../errors.ts";
import { findNearest } from "../nearest.ts";

export interface Flag {
  type: "string" | "boolean";
  description: string;
  /**
   * What stands for the value in `--help`. "file", "dir" and "model" also tell a shell what to complete. Of a boolean: it
   * may have a value, behind "=".
   */
  valueHint?: string;
  /** What the value can be, for completions. */
  choices?: readonly string[];
  /** One letter: "o" for `-o FILE`. */
  short?: string;
  /** On by itself: shown as `--no-<name>`, and that is what `description` describes. */
  isOn?: true;
  /** A key of the configuration, shown apart from the command's own flags. */
  isKey?: true;
  /** Parsed, so that it can be refused by name, but not shown. */
  hidden?: true;
}

export type FlagTable = Readonly<Record<string, Flag>>;

export interface Positionals {
  name: string;
  description: string;
  least: number;
  most: number;
  /** The words of which exactly one is needed. */
  choices?: readonly string[];
  /** What it can begin with, for completions; the command itself says what is wrong with another one. */
  words?: readonly string[];
}

export interface Invocation {
  /** Flags that were given, by kebab-case name. */
  flags: Readonly<Record<string, string | boolean>>;
  positionals: readonly string[];
}

export interface CommandSpec {
  /** As typed after `termite`: "plugin list". */
  name: string;
  summary: string;
  flags: FlagTable;
  positionals?: Positionals;
  /** Whole command lines, each with what it does. */
  examples: readonly (readonly [commandLine: string, explanation: string])[];
  /** Returns the exit code. */
  run(invocation: Invocation): Promise<number>;
}

/** A command of the tree under each of its names, with the line that stands for it in the list of commands. */
export interface NamedSpec {
  names: readonly string[];
  summary: string;
  spec: CommandSpec;
}

/** A citty command that also carries its spec, for help and flag parsing. */
export type Command = CommandDef & { spec: CommandSpec };

/** Flags that every command has. Those that are configuration keys too stand in the configuration's table. */
export const GLOBAL_FLAGS: FlagTable = {
  debug: { type: "boolean", description: "log everything; show the stack of an error" },
  quiet: { type: "boolean", description: "log errors only" },
  color: { type: "boolean", description: "no colours on a terminal, as with NO_COLOR", isOn: true },
  help: { type: "boolean", description: "this text", short: "h" },
};

export function createCommand(spec: CommandSpec): Command {
  const command = defineCommand({
    meta: { name: `termite ${spec.name}`, description: spec.summary },
    run: ({ rawArgs }) => spec.run(parseInvocation(spec, rawArgs)),
  });
  return { ...command, spec };
}

/** Strict: an unknown flag, a missing value or a wrong number of arguments is a `usage` error that names the nearest. */
export function parseInvocation(spec: CommandSpec, rawArgs: readonly string[]): Invocation {
  const flags = { ...GLOBAL_FLAGS, ...spec.flags };
  const parsed = parseStrictly(spec, flags, rawArgs);
  checkPositionals(spec, parsed.positionals);
  return parsed;
}

function parseStrictly(spec: CommandSpec, flags: FlagTable, rawArgs: readonly string[]): Invocation {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
  );
  const { args, given } = takeOptionalValues(flags, rawArgs);
  try {
    const { values, positionals } = parseArgs({
      args,
      options,
      strict: true,
      allowNegative: true,
      allowPositionals: true,
    });
    return { flags: { ...keepGiven(values), ...given }, positionals };
  } catch (cause) {
    throw explainFlagError(spec, Object.keys(flags), cause);
  }
}

/** `--auto-install=LIST` of a boolean, which node's parser refuses. Whatever form comes last counts. */
function takeOptionalValues(
  flags: FlagTable,
  rawArgs: readonly string[],
): { args: string[]; given: Record<string, string> } {
  const given: Record<string, string> = {};
  const end = rawArgs.indexOf("--");
  const args = rawArgs.filter((word, index) => {
    const [, name = "", value] = /^--(?:no-)?([a-z-]+?)(?:=(.*))?$/s.exec(word) ?? [];
    const flag = Object.hasOwn(flags, name) ? flags[name] : undefined;
    const takesValue = flag?.type === "boolean" && flag.valueHint !== undefined && (end < 0 || index < end);
    if (!takesValue) return true;
    delete given[name];
    if (value === undefined || word.startsWith("--no-")) return true;
    given[name] = value;
    return false;
  });
  return { args, given };
}

function keepGiven(values: Readonly<Record<string, unknown>>): Record<string, string | boolean> {
  const given: Record<string, string | boolean> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "string" || typeof value === "boolean") given[name] = value;
  }
  return given;
}

/** Node's words for what is wrong, to ours. `$1` is the flag, with its dashes. */
const FLAG_PROBLEMS: readonly (readonly [RegExp, string])[] = [
  [/^Unknown option '(-{1,2}[^']*)'/, 'unknown flag "$1"'],
  [/^Option '(?:-\w, )?(--[^ ']+)[^']*' argument missing/, 'flag "$1" needs a value'],
  [/^Option '(?:-\w, )?(--[^ ']+)[^']*' argument is ambiguous/, 'flag "$1" needs a value (write $1=-VALUE for one that begins with a dash)'],
  [/^Option '(?:-\w, )?(--[^ ']+)[^']*' does not take an argument/, 'flag "$1" takes no value'],
];

function explainFlagError(spec: CommandSpec, names: readonly string[], cause: unknown): TermiteError {
  const message = formatError(cause).split("\n")[0] ?? "";
  const [pattern, text] = FLAG_PROBLEMS.find(([known]) => known.test(message)) ?? [/^.*$/, message];
  const found = (pattern.exec(message)?.[0] ?? message).replace(pattern, text);
  const unknown = /^unknown flag "-+(.*)"$/.exec(found)?.[1];
  const nearest = unknown === undefined ? undefined : findNearest(unknown, names);
  const command = `termite ${spec.name}`.trim();
  const hint = nearest === undefined ? `${command} --help` : `Did you mean "--${nearest}"?`;
  return new TermiteError("usage", `Cannot run "${command}": ${found}`, { cause, hint });
}

function checkPositionals(spec: CommandSpec, positionals: readonly string[]): void {
  const { name = "", least = 0, most = 0, choices } = spec.positionals ?? {};
  const surplus = positionals[most];
  if (surplus !== undefined) throw createPositionalError(spec, `unexpected argument "${surplus}"`);
  if (choices !== undefined) checkChoices(spec, choices, positionals);
  else if (positionals.length < least) throw createPositionalError(spec, `missing ${name}`);
}

/** Exactly one of a few words: whoever does not know them is shown an example. */
function checkChoices(spec: CommandSpec, choices: readonly string[], [word]: readonly string[]): void {
  if (word !== undefined && choices.includes(word)) return;
  const nearest = word === undefined ? undefined : findNearest(word, choices);
  const found = word === undefined ? `missing ${spec.positionals?.name}` : `unknown ${spec.positionals?.name} "${word}"`;
  const hint = nearest === undefined ? spec.examples[0]?.[0] : `Did you mean "termite ${spec.name} ${nearest}"?`;
  throw createPositionalError(spec, `${found}, need one of ${choices.join(", ")}`, hint);
}

function createPositionalError(spec: CommandSpec, found: string, hint = `termite ${spec.name} --help`): TermiteError {
  return new TermiteError("usage", `Cannot run "termite ${spec.name}": ${found}`, { hint });
}
