import { describe, expect, test } from "bun:test";
import { createRoot, findCommand } from "../../src/cli/tree.ts";
import { catchError } from "../config/catch-error.ts";

const NAMES = ["serve", "embed", "models", "plugin list", "config", "version"];

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
    ["plugin install x", 'termite plugin install"', 'Did you mean "termite plugin list"?'],
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

describe("createRoot()", () => {
  test("names every command that findCommand() finds, with its summary and aliases", async () => {
    const subCommands = createRoot().subCommands as Record<string, { meta: { description: string; alias: string[] } }>;
    expect(Object.keys(subCommands)).toEqual(NAMES);
    for (const [name, { meta }] of Object.entries(subCommands)) {
      expect(meta.description).not.toBe("");
      for (const typed of [name, ...meta.alias]) expect((await findCommand(typed.split(" "))).command.spec.name).toBe(name);
    }
    expect(Object.values(subCommands).flatMap(({ meta }) => meta.alias)).toEqual(["run", "list"]);
  });
});
