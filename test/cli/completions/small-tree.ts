// A command tree of three commands that has everything a completion script has to know.
import { createShellCommands } from "../../../src/cli/completions/shell-command.ts";
import type { CommandSpec, FlagTable } from "../../../src/cli/command.ts";

const ROOT_FLAGS: FlagTable = {
  home: { type: "string", description: "it's [the] folder: ours", valueHint: "dir" },
  config: { type: "string", description: "the file", valueHint: "file" },
};

function createSpec(name: string, flags: FlagTable, positionals?: CommandSpec["positionals"]): CommandSpec {
  return { name, summary: name, flags, examples: [], run: async () => 0, ...(positionals && { positionals }) };
}

const serve = createSpec("serve", {
  ...ROOT_FLAGS,
  "require-target": { type: "string", description: "one target", choices: ["onnx:cpu", "onnx:cuda", "xla:cpu"] },
  "default-model": { type: "string", description: "a model", valueHint: "model" },
  truncate: { type: "boolean", description: "refuse", isOn: true },
  secret: { type: "string", description: "later", hidden: true },
});
const list = createSpec("plugin list", { json: { type: "boolean", description: "as JSON" } });
const shells = { name: "shell", description: "which", least: 1, most: 1, choices: ["bash", "zsh"] };

export const SMALL_TREE = createShellCommands(
  [
    { names: ["serve", "run"], summary: "serves: all", spec: serve },
    { names: ["plugin list"], summary: "lists", spec: list },
    { names: ["completions"], summary: "completes", spec: createSpec("completions", {}, shells) },
  ],
  ROOT_FLAGS,
);
