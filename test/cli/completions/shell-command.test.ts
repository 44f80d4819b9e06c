import { describe, expect, test } from "bun:test";
import { listAllFlags, listGroups, listNextWords } from "../../../src/cli/completions/shell-command.ts";
import type { ShellCommand, ValueKind } from "../../../src/cli/completions/shell-command.ts";
import { createShellCommands } from "../../../src/cli/completions/shell-command.ts";
import { createConfigFlags } from "../../../src/cli/context.ts";
import { listCommands } from "../../../src/cli/tree.ts";
import { SMALL_TREE } from "./small-tree.ts";

function findCommand(name: string): ShellCommand | undefined {
  return SMALL_TREE.find(({ names }) => names.includes(name));
}

describe("createShellCommands()", () => {
  test("starts with what stands before any command", () => {
    expect(SMALL_TREE.map(({ names }) => names)).toEqual([[""], ["serve", "run"], ["plugin list"], ["completions"]]);
    expect(SMALL_TREE[0]?.flags.map(({ name }) => name)).toEqual([
      "--home", "--config", "--version", "--debug", "--quiet", "--no-color", "--help",
    ]);
  });

  test.each<[string, ValueKind | undefined]>([
    ["--home", "dir"],
    ["--config", "file"],
    ["--require-target", ["onnx:cpu", "onnx:cuda", "xla:cpu"]],
    ["--default-model", "model"],
    ["--no-truncate", undefined],
  ])("says what the value of %s can be", (name, value) => {
    expect(findCommand("run")?.flags.find((flag) => flag.name === name)?.value).toEqual(value);
  });

  test("knows the words of an argument, and no hidden flag", () => {
    expect(findCommand("completions")?.words).toEqual(["bash", "zsh"]);
    expect(listAllFlags(SMALL_TREE).map(({ name }) => name)).not.toContain("--secret");
  });
});

describe("listNextWords()", () => {
  test("gives commands and first words of groups, and the words of a group", () => {
    expect(listGroups(SMALL_TREE)).toEqual(["plugin"]);
    expect(listNextWords(SMALL_TREE, "")).toEqual([
      { word: "serve", summary: "serves: all" },
      { word: "completions", summary: "completes" },
      { word: "plugin", summary: "list" },
    ]);
    expect(listNextWords(SMALL_TREE, "plugin")).toEqual([{ word: "list", summary: "lists" }]);
  });
});

describe("listAllFlags()", () => {
  test("may take every flag of the real tree from any command: the same name takes the same value everywhere", async () => {
    const commands = createShellCommands(await listCommands(), createConfigFlags());
    const known = new Map(listAllFlags(commands).map(({ name, value }) => [name, value]));
    for (const { names, flags } of commands) {
      for (const { name, value } of flags) expect([names[0], name, value]).toEqual([names[0], name, known.get(name)]);
    }
  });
});
