// The command tree: names to lazily loaded commands, so that `termite version` loads nothing of the server.
import { TermiteError } from "../errors.ts";
import { findNearest } from "../nearest.ts";
import type { Command, NamedSpec } from "./command.ts";
import type { HelpEntry } from "./help.ts";

interface Entry {
  summary: string;
  load: () => Promise<Command>;
  /** Other names. */
  aliases?: readonly string[];
}

const serve = () => import("./serve.ts").then((module) => module.serveCommand);
const embed = () => import("./embed.ts").then((module) => module.embedCommand);
const rerank = () => import("./rerank.ts").then((module) => module.rerankCommand);
const classify = () => import("./classify.ts").then((module) => module.classifyCommand);
const models = () => import("./models.ts").then((module) => module.modelsCommand);
const show = () => import("./show.ts").then((module) => module.showCommand);
const verify = () => import("./verify.ts").then((module) => module.verifyCommand);
const ps = () => import("./ps.ts").then((module) => module.psCommand);
const load = () => import("./load.ts").then((module) => module.loadCommand);
const stop = () => import("./stop.ts").then((module) => module.stopCommand);
const doctor = () => import("./doctor.ts").then((module) => module.doctorCommand);
const pluginList = () => import("./plugin/list.ts").then((module) => module.pluginListCommand);
const pluginInstall = () => import("./plugin/install.ts").then((module) => module.pluginInstallCommand);
const pluginRemove = () => import("./plugin/remove.ts").then((module) => module.pluginRemoveCommand);
const pluginVerify = () => import("./plugin/verify.ts").then((module) => module.pluginVerifyCommand);
const pluginUpdate = () => import("./plugin/update.ts").then((module) => module.pluginUpdateCommand);
const pluginRollback = () => import("./plugin/rollback.ts").then((module) => module.pluginRollbackCommand);
const pluginExport = () => import("./plugin/export.ts").then((module) => module.pluginExportCommand);
const pluginGc = () => import("./plugin/gc.ts").then((module) => module.pluginGcCommand);
const setup = () => import("./setup.ts").then((module) => module.setupCommand);
const config = () => import("./config.ts").then((module) => module.configCommand);
const completions = () => import("./completions.ts").then((module) => module.createCompletionsCommand(listCommands));
const version = () => import("./version.ts").then((module) => module.versionCommand);

/** By the title they stand under in `--help`. Keys are what a person types, words separated by one space. */
const GROUPS: Readonly<Record<string, readonly (readonly [name: string, entry: Entry])[]>> = {
  TEXT: [
    ["serve", { summary: "serve models over HTTP", load: serve, aliases: ["run"] }],
    ["embed", { summary: "vectors without a server", load: embed }],
    ["rerank", { summary: "texts by how well they answer a query, without a server", load: rerank }],
    ["classify", { summary: "labels of texts, without a server", load: classify }],
  ],
  MODELS: [
    ["models", { summary: "models on disk and inside the executable", load: models, aliases: ["list"] }],
    ["show", { summary: "what a model is, by its own files", load: show }],
    ["verify", { summary: "a model's answers on several engines against each other", load: verify }],
  ],
  "A RUNNING SERVER": [
    ["ps", { summary: "what it has loaded, where each model really runs, until when", load: ps }],
    ["load", { summary: "load a model before anybody asks for it", load }],
    ["stop", { summary: "have a model leave its memory", load: stop }],
  ],
  "THIS MACHINE": [
    ["doctor", { summary: "what this machine can do, and what stands in the way of more", load: doctor }],
    ["setup", { summary: "extract everything now, for images and read-only homes", load: setup }],
  ],
  PLUGINS: [
    ["plugin list", { summary: "engines: bundled, installed, available, and why not", load: pluginList }],
    ["plugin install", { summary: "install GPU and TPU runtimes: no toolkit, no sudo, no Python", load: pluginInstall }],
    ["plugin remove", { summary: "remove a plugin that no server uses", load: pluginRemove }],
    ["plugin verify", { summary: "read every file of installed plugins, then try them on the device", load: pluginVerify }],
    ["plugin update", { summary: "bring installed plugins to the version of this build", load: pluginUpdate }],
    ["plugin rollback", { summary: "go back to the version before", load: pluginRollback }],
    ["plugin export", { summary: "one file to carry to a machine without a network", load: pluginExport }],
    ["plugin gc", { summary: "remove partial downloads, unused files, old versions", load: pluginGc }],
  ],
  "TERMITE ITSELF": [
    ["config", { summary: "the effective configuration and where each value comes from", load: config }],
    ["completions", { summary: "what bash, zsh and fish need to complete command lines", load: completions }],
    ["version", { summary: "version, build, engines inside", load: version }],
  ],
};

const COMMANDS: ReadonlyMap<string, Entry> = new Map(Object.values(GROUPS).flat());

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

/** The lines of `termite --help`, or those of the commands that begin with `word`. */
export function listHelpEntries(word?: string): HelpEntry[] {
  const all = Object.entries(GROUPS).flatMap(([group, entries]) =>
    entries.map(([name, { summary, aliases = [] }]) => ({ name, summary, aliases, group })),
  );
  return all.filter(({ name }) => word === undefined || name.startsWith(`${word} `));
}

/** Every command, loaded. */
export function listCommands(): Promise<NamedSpec[]> {
  const loaded = [...COMMANDS].map(async ([name, { load, aliases = [], summary }]) => {
    return { names: [name, ...aliases], summary, spec: (await load()).spec };
  });
  return Promise.all(loaded);
}

/** The first word of commands of two: "plugin". */
export function isGroup(word: string | undefined): boolean {
  return word !== undefined && listHelpEntries(word).length > 0;
}

function findEntry(name: string): Entry | undefined {
  return COMMANDS.get(name) ?? [...COMMANDS.values()].find((entry) => entry.aliases?.includes(name));
}

function unknownCommand(first: string, second: string): TermiteError {
  const typed = isGroup(first) ? `${first} ${second}`.trim() : first;
  const nearest = findNearestCommand(first, second);
  const hint = nearest === undefined ? "termite --help" : `Did you mean "termite ${nearest}"?`;
  return new TermiteError("usage", `Cannot run "termite ${typed}": no such command`, { hint });
}

/** "plugin" and "plugin isntall" are near a command of the group, "plugins list" is near a command of two words. */
function findNearestCommand(first: string, second: string): string | undefined {
  const names = [...COMMANDS.keys(), ...[...COMMANDS.values()].flatMap((entry) => entry.aliases ?? [])];
  const [inGroup] = listHelpEntries(first);
  if (inGroup !== undefined) return findNearest(`${first} ${second}`.trim(), names) ?? inGroup.name;
  const twoWords = names.filter((name) => name.includes(" "));
  const group = findNearest(first, twoWords.map((name) => name.split(" ")[0] ?? ""));
  const [inThat] = group === undefined ? [] : listHelpEntries(group);
  if (inThat !== undefined) return (second === "" ? undefined : findNearest(`${group} ${second}`, twoWords)) ?? inThat.name;
  return findNearest(first, names) ?? findNearest(`${first} ${second}`.trim(), twoWords);
}
