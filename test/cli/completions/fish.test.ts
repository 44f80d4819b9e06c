// What the script says; that fish understands it is acceptance's to prove.
import { expect, test } from "bun:test";
import { formatFishCompletions } from "../../../src/cli/completions/fish.ts";
import { SMALL_TREE } from "./small-tree.ts";

const SCRIPT = formatFishCompletions(SMALL_TREE);
const line = (condition: string, rest: string) => `\ncomplete -c termite -n "__termite_is ${condition}" ${rest}\n`;

test.each([
  ["forgets what fish itself knows of that name, then offers no files", "\ncomplete -e -c termite\ncomplete -c termite -f\n"],
  ["offers commands", line("''", "-a serve -d 'serves: all'")],
  ["offers the commands of a group", line("'plugin'", "-a list -d 'lists'")],
  ["offers the words of an argument", line("'completions'", "-a 'bash zsh'")],
  ["escapes what fish reads", line("'' 'serve' 'run'", "-l home -x -a '(__fish_complete_directories)' -d 'it\\'s [the] folder: ours'")],
  ["completes files", line("'' 'serve' 'run'", "-l config -r -F -d 'the file'")],
  ["completes words", line("'serve' 'run'", "-l require-target -x -a 'onnx:cpu onnx:cuda xla:cpu' -d 'one target'")],
  ["asks for models", line("'serve' 'run'", "-l default-model -x -a '(__termite_models)' -d 'a model'")],
  ["knows the short form of --help", line("'' 'serve' 'run' 'plugin list' 'completions'", "-s h -l help -d 'this text'")],
  ["skips the values of flags", "contains -- $word --home --config --require-target --default-model\n"],
])("formatFishCompletions() %s", (_, text) => {
  expect(SCRIPT).toContain(text);
});
