// The command tree: names to lazily loaded commands, so that `termite version` loads nothing of the server.
import { defineCommand } from "citty";
import { TermiteError } from "../errors.ts";
import { findNearest } from "../nearest.ts";
import type { Command } from "./command.ts";

interface Entry {
  summary: string;
  load: () => Promise<Command>;
  /** Other names. */
  aliases?: readonly string[];
}

const serve = () => import("./serve.ts").then((module) => module.serveCommand);
const embed = () => import("./embed.ts").then((module) => module.embedCommand);
const models = () => import("./models.ts").then((module) => module.modelsCommand);
const config = () => import("./config.ts").then((module) => module.configCommand);
const version = () => import("./version.ts").then((module) => module.versionCommand);
const pluginList = () => import("./plugin-list.ts").then((module) => module.pluginListCommand);

/** Keys are what a person types, words separated by one space. */
const COMMANDS: ReadonlyMap<string, Entry> = new Map([
  ["serve", { summary: "serve embeddings over HTTP", load: serve, aliases: ["run"] }],
  ["embed", { summary: "vectors without a server", load: embed }],
  ["models", { summary: "models on disk and inside the executable", load: models, aliases: ["list"] }],
  ["plugin list", { summary: "engines: bundled, and what this platform could have", load: pluginList }],
  ["config", { summary: "the effective configuration and where each value comes from", load: config }],
  ["version", { summary: "version, build, engines inside", load: version }],
]);

export interface Found {
  command: Command;
  rest: string[];
}

/** The command that the words name and the words after it; `usage` with the nearest name when there is none. */
export async function findCommand(words: readonly string[]): Promise<Found> {
  const [first = "", second = ""] = words;
  const two = findEntry(`${first} ${second}`);
  if (two !== undefined) return { command: await two.load(), rest: words.slice(2) };
  const one = findEntry(first);
  if (one !== undefined) return { command: await one.load(), rest: words.slice(1) };
  throw unknownCommand(first, second);
}

/** The root, in citty's form, for `termite --help`. */
export function createRoot() {
  const subCommands = Object.fromEntries(
    [...COMMANDS].map(([name, { summary, aliases = [] }]) => [
      name,
      defineCommand({ meta: { name, description: summary, alias: [...aliases] } }),
    ]),
  );
  return defineCommand({
    meta: { name: "termite", description: "Text to vectors on whatever the machine has" },
    subCommands,
  });
}

/** The first word of commands of two: "plugin". */
export function isGroup(word: string | undefined): boolean {
  return word !== undefined && [...COMMANDS.keys()].some((name) => name.startsWith(`${word} `));
}

function findEntry(name: string): Entry | undefined {
  return COMMANDS.get(name) ?? [...COMMANDS.values()].find((entry) => entry.aliases?.includes(name));
}

function unknownCommand(first: string, second: string): TermiteError {
  const group = [...COMMANDS.keys()].filter((name) => name.startsWith(`${first} `));
  const typed = group.length > 0 ? `${first} ${second}`.trim() : first;
  const names = [...COMMANDS.keys(), ...[...COMMANDS.values()].flatMap((entry) => entry.aliases ?? [])];
  const nearest = findNearest(typed, names) ?? group[0];
  const hint = nearest === undefined ? "termite --help" : `Did you mean "termite ${nearest}"?`;
  return new TermiteError("usage", `Cannot run "termite ${typed}": no such command`, { hint });
}
