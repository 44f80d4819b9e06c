// One command of the tree: a citty command whose flags are parsed strictly (citty itself accepts unknown ones).
import { parseArgs } from "node:util";
import { defineCommand } from "citty";
import type { ArgsDef, CommandDef } from "citty";
import { formatError, TermiteError } from "../errors.ts";
import { findNearest } from "../nearest.ts";

export interface Flag {
  type: "string" | "boolean";
  description: string;
  /** What stands for the value in `--help`. */
  valueHint?: string;
  /** Parsed, so that it can be refused by name, but not shown. */
  hidden?: true;
}

export type FlagTable = Readonly<Record<string, Flag>>;

export interface Positionals {
  name: string;
  description: string;
  least: number;
  most: number;
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

/** A citty command that also carries its spec, for help and flag parsing. */
export type Command = CommandDef & { spec: CommandSpec };

/** Flags that every command has. Those that are configuration keys too stand in the configuration's table. */
export const GLOBAL_FLAGS: FlagTable = {
  debug: { type: "boolean", description: "log everything; show the stack of an error" },
  quiet: { type: "boolean", description: "log errors only" },
  color: { type: "boolean", description: "colours on a terminal (--no-color: none)" },
  help: { type: "boolean", description: "this text" },
};

export function createCommand(spec: CommandSpec): Command {
  const command = defineCommand({
    meta: { name: `termite ${spec.name}`, description: spec.summary },
    args: describeArgs(spec),
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
    Object.entries(flags).map(([name, { type }]) => [name, name === "help" ? { type, short: "h" } : { type }]),
  );
  try {
    const { values, positionals } = parseArgs({
      args: [...rawArgs],
      options,
      strict: true,
      allowNegative: true,
      allowPositionals: true,
    });
    return { flags: keepGiven(values), positionals };
  } catch (cause) {
    throw explainFlagError(spec, Object.keys(flags), cause);
  }
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
  const least = spec.positionals?.least ?? 0;
  const most = spec.positionals?.most ?? 0;
  if (positionals.length >= least && positionals.length <= most) return;
  const found =
    positionals.length > most ? `unexpected argument "${positionals[most]}"` : `missing ${spec.positionals?.name}`;
  throw new TermiteError("usage", `Cannot run "termite ${spec.name}": ${found}`, { hint: `termite ${spec.name} --help` });
}

function describeArgs(spec: CommandSpec): ArgsDef {
  const args: ArgsDef = {};
  if (spec.positionals !== undefined) {
    args[spec.positionals.name] = { type: "positional", description: spec.positionals.description, required: false };
  }
  for (const [name, { hidden, ...flag }] of Object.entries({ ...spec.flags, ...GLOBAL_FLAGS })) {
    if (hidden !== true) args[name] = flag;
  }
  return args;
}
