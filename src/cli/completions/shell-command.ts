// What a shell has to know of a command to complete it: its names, its flags, what they and its argument can be. Pure.
import { GLOBAL_FLAGS } from "../command.ts";
import type { Flag, FlagTable, NamedSpec } from "../command.ts";

/** "model": the ids that `termite models` prints; "text": nothing to complete; a list: one of these words. */
export type ValueKind = "file" | "dir" | "model" | "text" | readonly string[];

export interface ShellFlag {
  /** With its dashes. */
  name: string;
  description: string;
  /** Absent for a flag that takes no value. */
  value?: ValueKind;
}

export interface ShellCommand {
  /** As typed after `termite`, "" for what stands before any command. */
  names: readonly string[];
  summary: string;
  flags: readonly ShellFlag[];
  /** What its argument can be. */
  words: readonly string[];
}

/** The first one is the root; `rootFlags` are the configuration's, which may stand before any command. */
export function createShellCommands(commands: readonly NamedSpec[], rootFlags: FlagTable): ShellCommand[] {
  const version: Flag = { type: "boolean", description: "name, version and build" };
  const root = { names: [""], summary: "", flags: listFlags({ ...rootFlags, version }), words: [] };
  const others = commands.map(({ names, summary, spec }) => {
    return { names, summary, flags: listFlags(spec.flags), words: spec.positionals?.choices ?? spec.positionals?.words ?? [] };
  });
  return [root, ...others];
}

/** First words of commands of two, each once: "plugin". */
export function listGroups(commands: readonly ShellCommand[]): string[] {
  const first = commands.flatMap(({ names }) => names.filter((name) => name.includes(" ")).map((name) => name.split(" ")[0] ?? ""));
  return [...new Set(first)];
}

/** What can come next: the words behind `prefix` ("" or a group), with what each does. */
export function listNextWords(commands: readonly ShellCommand[], prefix: string): { word: string; summary: string }[] {
  const start = prefix === "" ? "" : `${prefix} `;
  const inside = commands.flatMap(({ names, summary }) => {
    const [name = ""] = names;
    return name !== prefix && name.startsWith(start) ? [{ word: name.slice(start.length), summary }] : [];
  });
  const groups = prefix === "" ? listGroups(commands).map((word) => ({ word, summary: describeGroup(commands, word) })) : [];
  return [...inside.filter(({ word }) => word !== "" && !word.includes(" ")), ...groups];
}

/** Every flag once: a flag of one name means the same everywhere. */
export function listAllFlags(commands: readonly ShellCommand[]): ShellFlag[] {
  return [...new Map(commands.flatMap(({ flags }) => flags).map((flag) => [flag.name, flag])).values()];
}

function describeGroup(commands: readonly ShellCommand[], group: string): string {
  return listNextWords(commands, group).map(({ word }) => word).join(", ");
}

function listFlags(flags: FlagTable): ShellFlag[] {
  const shown = Object.entries({ ...flags, ...GLOBAL_FLAGS }).filter(([, { hidden }]) => hidden !== true);
  return shown.flatMap(([name, flag]) => {
    const shellFlag = { name: `--${flag.isOn === true ? "no-" : ""}${name}`, description: flag.description };
    if (flag.type === "string") return [{ ...shellFlag, value: resolveKind(flag) }];
    // A switch that can be turned off again.
    return flag.valueHint === undefined ? [shellFlag] : [shellFlag, { ...shellFlag, name: `--no-${name}` }];
  });
}

function resolveKind({ choices, valueHint }: Flag): ValueKind {
  if (choices !== undefined) return choices;
  return valueHint === "file" || valueHint === "dir" || valueHint === "model" ? valueHint : "text";
}
