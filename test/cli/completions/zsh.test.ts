// What the script says; that zsh understands it is acceptance's to prove.
import { expect, test } from "bun:test";
import { createShellCommands } from "../../../src/cli/completions/shell-command.ts";
import { formatZshCompletions } from "../../../src/cli/completions/zsh.ts";
import { SMALL_TREE } from "./small-tree.ts";

const SCRIPT = formatZshCompletions(SMALL_TREE);

test.each([
  ["begins as a file of fpath does", "#compdef termite\n"],
  ["escapes what zsh reads in a summary", "    'serve:serves: all'\n"],
  ["escapes what zsh reads in a description", "    --home '--home=[it'\\''s \\[the\\] folder\\: ours]:home:_files -/'\n"],
  ["completes files", "    --config '--config=[the file]:config:_files'\n"],
  ["escapes the colons of targets", ":require-target:(onnx\\:cpu onnx\\:cuda xla\\:cpu)'\n"],
  ["asks for models", ":default-model:_termite_models'\n"],
  ["offers the negation of what is on by itself", "    --no-truncate '--no-truncate[refuse]'\n"],
  ["knows every name of a command", "    serve|run) _arguments $flag[--home] $flag[--config] $flag[--require-target]"],
  ["knows the commands of a group", "        list) _arguments $flag[--json]"],
  ["knows the words of an argument", " '1: :(bash zsh)' ;;\n"],
])("formatZshCompletions() %s", (_, text) => {
  expect(SCRIPT).toContain(text);
});

test("formatZshCompletions() offers what an argument can begin with, its colons escaped", () => {
  const positionals = { name: "spec", description: "", least: 1, most: 9, words: ["xla:cuda", "onnx:cuda"] };
  const spec = { name: "plugin install", summary: "", flags: {}, examples: [], run: async () => 0, positionals };
  const commands = createShellCommands([{ names: ["plugin install"], summary: "installs", spec }], {});
  expect(formatZshCompletions(commands)).toContain(" '1: :(xla\\:cuda onnx\\:cuda)' ;;\n");
});
