// `termite completions bash|zsh|fish`: a script made from the command tree. It is static but for the names of models,
// which it asks of `termite models` when a person completes one.
import { createCommand } from "./command.ts";
import type { Command, Invocation, NamedSpec } from "./command.ts";
import { formatBashCompletions } from "./completions/bash.ts";
import { formatFishCompletions } from "./completions/fish.ts";
import { createShellCommands } from "./completions/shell-command.ts";
import type { ShellCommand } from "./completions/shell-command.ts";
import { formatZshCompletions } from "./completions/zsh.ts";
import { createConfigFlags } from "./context.ts";
import { writeData } from "./output.ts";

const SHELLS: Readonly<Record<string, (commands: readonly ShellCommand[]) => string>> = {
  bash: formatBashCompletions,
  zsh: formatZshCompletions,
  fish: formatFishCompletions,
};

/** `listCommands` is the tree's own: this command is one of them. */
export function createCompletionsCommand(listCommands: () => Promise<readonly NamedSpec[]>): Command {
  const run = async ({ positionals }: Invocation): Promise<number> => {
    const commands = createShellCommands(await listCommands(), createConfigFlags());
    writeData(SHELLS[positionals[0] ?? ""]?.(commands) ?? "");
    return 0;
  };
  return createCommand({
    name: "completions",
    summary: "what a shell needs to complete command lines of termite",
    positionals: { name: "shell", description: "bash, zsh or fish", least: 1, most: 1, choices: Object.keys(SHELLS) },
    flags: {},
    examples: [
      ["termite completions bash > ~/.local/share/bash-completion/completions/termite", "for every new bash"],
      ['termite completions zsh > "${fpath[1]}/_termite"', "for every new zsh; fpath[1] has to be yours to write"],
      ["termite completions fish > ~/.config/fish/completions/termite.fish", "for every new fish"],
      ["source <(termite completions bash)", "for this shell only; zsh the same, after compinit"],
    ],
    run,
  });
}
