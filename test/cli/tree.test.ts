import { describe, expect, test } from "bun:test";
import { findCommand, isGroup, listCommands, listHelpEntries } from "../../src/cli/tree.ts";
import { catchError } from "../config/catch-error.ts";

const PLUGINS = ["list", "install", "remove", "verify", "update", "rollback", "export", "gc"].map((word) => `plugin ${word}`);
const NAMES = [
  "serve", "embed", "rerank", "classify", "models", "show", "verify", "ps", "load", "stop", "doctor", "setup", ...PLUGINS, "config", "completions", "version",
];

describe("findCommand()", () => {
  test.each([
    ...NAMES.map((name) => [name, name] as const),
    ["run", "serve"],
    ["list", "models"],
  ])("finds %s and hands on the words after it", async (typed, name) => {
    const { command, rest } = await findCommand([...typed.split(" "), "list", "--json"]);
    expect({ name: command.spec.name, rest }).toEqual({ name, rest: ["list", "--json"] });
  });

  test.each([
    ["serv", 'termite serv"', 'Did you mean "termite serve"?'],
    ["SERVE", 'termite SERVE"', 'Did you mean "termite serve"?'],
    ["rnu", 'termite rnu"', 'Did you mean "termite run"?'],
    ["embed2 x", 'termite embed2"', 'Did you mean "termite embed"?'],
    ["plugin", 'termite plugin"', 'Did you mean "termite plugin list"?'],
    ["plugin lits", 'termite plugin lits"', 'Did you mean "termite plugin list"?'],
    ["plugin lst", 'termite plugin lst"', 'Did you mean "termite plugin list"?'],
    ["pluginlist", 'termite pluginlist"', 'Did you mean "termite plugin list"?'],
    ["plugin-list", 'termite plugin-list"', 'Did you mean "termite plugin list"?'],
    ["plugins list", 'termite plugins"', 'Did you mean "termite plugin list"?'],
    ["plugins", 'termite plugins"', 'Did you mean "termite plugin list"?'],
    ["completion zsh", 'termite completion"', 'Did you mean "termite completions"?'],
    ["plugin instal x", 'termite plugin instal"', 'Did you mean "termite plugin install"?'],
    ["nothing", 'termite nothing"', "termite --help"],
    ["constructor", 'termite constructor"', "termite --help"],
    ["__proto__", 'termite __proto__"', "termite --help"],
    ["__runner", 'termite __runner"', "termite --help"],
    ["", 'termite "', "termite --help"],
  ])("throws usage when it is given %j", async (typed, named, hint) => {
    expect(await catchError(findCommand(typed.split(" ")))).toMatchObject({
      code: "usage", message: `Cannot run "${named}: no such command`, hint,
    });
  });
});

describe("listHelpEntries()", () => {
  test("names every command that findCommand() finds, with its summary and aliases", async () => {
    const entries = listHelpEntries();
    expect(entries.map(({ name }) => name)).toEqual(NAMES);
    for (const { name, summary, aliases } of entries) {
      expect(summary).not.toBe("");
      for (const typed of [name, ...aliases]) expect((await findCommand(typed.split(" "))).command.spec.name).toBe(name);
    }
    expect(entries.flatMap(({ aliases }) => aliases)).toEqual(["run", "list"]);
  });

  test("names the commands of a group", () => {
    expect(listHelpEntries("plugin").map(({ name }) => name)).toEqual(PLUGINS);
    expect([isGroup("plugin"), isGroup("serve"), isGroup("plug"), isGroup(undefined)]).toEqual([true, false, false, false]);
  });
});

describe("listCommands()", () => {
  test("loads every command, and each has an example that begins with its own name", async () => {
    const commands = await listCommands();
    expect(commands.map(({ spec }) => spec.name)).toEqual(NAMES);
    expect(commands.map(({ names }) => names[0])).toEqual(NAMES);
    for (const { spec } of commands) expect(spec.examples[0]?.[0]).toStartWith(`termite ${spec.name}`);
  });
});
