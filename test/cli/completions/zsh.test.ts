// What the script says; that zsh understands it is acceptance's to prove.
import { expect, test } from "bun:test";
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
