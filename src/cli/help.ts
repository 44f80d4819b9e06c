// `--help` as text: of the whole program, of a group of commands, of one command. Pure.
import { styleText } from "node:util";
import { GLOBAL_FLAGS } from "./command.ts";
import type { CommandSpec, Flag, FlagTable } from "./command.ts";
import { wrapText } from "./table.ts";
import type { TableOptions } from "./table.ts";

/** A line of the list of commands. */
export interface HelpEntry {
  /** As typed after `termite`. */
  name: string;
  aliases: readonly string[];
  summary: string;
  /** The title it stands under. */
  group: string;
}

export interface RootHelp {
  entries: readonly HelpEntry[];
  /** What can stand before any command. */
  flags: FlagTable;
}

type Row = readonly [left: string, right: string];

const INDENT = "  ";
/** Narrower than this a description is not wrapped to. */
const LEAST_TEXT_WIDTH = 24;

/** `termite --help`. */
export function formatRootHelp({ entries, flags }: RootHelp, look: TableOptions): string {
  const sections = [
    "Text to vectors, scores, labels and spans on whatever the machine has\n",
    formatSection("USAGE", `${INDENT}termite <command> [flags] [arguments]\n`, look),
    ...formatGroups(entries, look),
    formatSection("GLOBAL FLAGS", formatRows(listFlags({ ...flags, ...GLOBAL_FLAGS, ...VERSION_FLAG }), look), look),
    "termite <command> --help says more of a command, with examples.\n",
  ];
  return sections.join("\n");
}

/** `termite plugin --help`: the commands that begin with one word. */
export function formatGroupHelp(entries: readonly HelpEntry[], look: TableOptions): string {
  return [...formatGroups(entries, look), "termite <command> --help says more of a command, with examples.\n"].join("\n");
}

/** `termite embed --help`. */
export function formatCommandHelp(spec: CommandSpec, look: TableOptions): string {
  const shown = Object.entries({ ...spec.flags, ...GLOBAL_FLAGS }).filter(([, { hidden }]) => hidden !== true);
  const pick = (isWanted: (name: string, flag: Flag) => boolean) =>
    formatRows(listFlags(Object.fromEntries(shown.filter(([name, flag]) => isWanted(name, flag)))), look);
  const sections: readonly (readonly [title: string, body: string])[] = [
    ["USAGE", `${INDENT}termite ${spec.name} [flags]${formatPositionals(spec)}\n`],
    ["ARGUMENTS", formatRows(spec.positionals === undefined ? [] : [[formatName(spec.positionals.name), spec.positionals.description]], look)],
    ["FLAGS", pick((name, flag) => flag.isKey !== true && !Object.hasOwn(GLOBAL_FLAGS, name))],
    ["CONFIGURATION (also keys of termite.yaml and TERMITE_ variables: termite config)", pick((_, flag) => flag.isKey === true)],
    ["GLOBAL FLAGS", pick((name) => Object.hasOwn(GLOBAL_FLAGS, name))],
    ["EXAMPLES", spec.examples.map(([line, text]) => `${INDENT}${line}\n${INDENT.repeat(3)}${text}\n`).join("")],
  ];
  const full = sections.filter(([, body]) => body !== "").map(([title, body]) => formatSection(title, body, look));
  return [`${spec.summary}\n`, ...full].join("\n");
}

const VERSION_FLAG: FlagTable = { version: { type: "boolean", description: "name, version and build" } };

function formatGroups(entries: readonly HelpEntry[], look: TableOptions): string[] {
  const left = ({ name, aliases }: HelpEntry) => [name, ...aliases].join(", ");
  const width = Math.max(...entries.map((entry) => left(entry).length));
  return [...Map.groupBy(entries, ({ group }) => group)].map(([group, members]) => {
    const rows = members.map((entry): Row => [left(entry).padEnd(width), entry.summary]);
    return formatSection(group, formatRows(rows, look), look);
  });
}

function formatSection(title: string, body: string, { color = false }: TableOptions): string {
  return `${color ? styleText("bold", title, { validateStream: false }) : title}\n${body}`;
}

function listFlags(flags: FlagTable): Row[] {
  return Object.entries(flags).map(([name, flag]) => [formatFlag(name, flag), flag.description]);
}

function formatFlag(name: string, { type, valueHint, isOn, short: letter }: Flag): string {
  const short = letter === undefined ? "" : `-${letter}, `;
  if (type === "string") return `${short}--${name} ${formatName(valueHint ?? "value")}`;
  if (valueHint !== undefined) return `--${name}[=${formatName(valueHint)}], --no-${name}`;
  return `${short}--${isOn === true ? "no-" : ""}${name}`;
}

function formatPositionals({ positionals }: CommandSpec): string {
  if (positionals === undefined) return "";
  const name = `${formatName(positionals.name)}${positionals.most > 1 ? "..." : ""}`;
  return positionals.least === 0 ? ` [${name}]` : ` ${name}`;
}

function formatName(name: string): string {
  return name.toUpperCase();
}

/** Two columns; the second is wrapped to the terminal. */
function formatRows(rows: readonly Row[], { width = Number.POSITIVE_INFINITY }: TableOptions): string {
  const leftWidth = Math.max(0, ...rows.map(([left]) => left.length));
  const start = INDENT.length * 2 + leftWidth;
  const lines = rows.flatMap(([left, right]) => {
    const [first = "", ...others] = wrapText(right, Math.max(LEAST_TEXT_WIDTH, width - start));
    return [`${INDENT}${left.padEnd(leftWidth)}${INDENT}${first}`, ...others.map((line) => " ".repeat(start) + line)];
  });
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}
