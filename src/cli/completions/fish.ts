// The completion script for fish, 3 and newer. Pure.
import { listAllFlags, listGroups, listNextWords } from "./shell-command.ts";
import type { ShellCommand, ShellFlag, ValueKind } from "./shell-command.ts";

export function formatFishCompletions(commands: readonly ShellCommand[]): string {
  const groups = listGroups(commands);
  const flags = listAllFlags(commands);
  const valued = flags.filter(({ value }) => value !== undefined).map(({ name }) => name);
  return `# fish completions of termite, made by "termite completions fish".

# Whether the command typed so far ("", "serve", "plugin list") is one of the arguments.
function __termite_is
    set -l command
    set -l expects 0
    for word in (commandline -opc)[2..]
        if test $expects = 1
            set expects 0
        else if contains -- $word ${valued.join(" ")}
            set expects 1
        else if not string match -q -- '-*' $word
            if test -z "$command"; or contains -- "$command" ${groups.join(" ")}
                set command (string trim "$command $word")
            end
        end
    end
    contains -- "$command" $argv
end

function __termite_models
    command termite models 2>/dev/null | tail -n +2 | string replace -r '\\s.*' ''
end

# fish ships completions of another program of this name.
complete -e -c termite
complete -c termite -f
${["", ...groups].flatMap((prefix) => formatNextWords(commands, prefix)).join("\n")}
${commands.filter(({ words }) => words.length > 0).map(formatArguments).join("\n")}
${flags.map((flag) => formatFlag(flag, commands)).join("\n")}
`;
}

function formatNextWords(commands: readonly ShellCommand[], prefix: string): string[] {
  return listNextWords(commands, prefix).map(
    ({ word, summary }) => `complete -c termite -n ${formatCondition([prefix])} -a ${word} -d ${quote(summary)}`,
  );
}

function formatArguments({ names, words }: ShellCommand): string {
  return `complete -c termite -n ${formatCondition(names)} -a ${quote(words.join(" "))}`;
}

/** One line for all commands that have the flag. */
function formatFlag({ name, description, value }: ShellFlag, commands: readonly ShellCommand[]): string {
  const owners = commands.filter(({ flags }) => flags.some((flag) => flag.name === name));
  const short = name === "--help" ? " -s h" : "";
  const condition = formatCondition(owners.flatMap(({ names }) => names));
  return `complete -c termite -n ${condition}${short} -l ${name.slice(2)}${formatValue(value)} -d ${quote(description)}`;
}

function formatValue(value: ValueKind | undefined): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return ` -x -a ${quote(value.join(" "))}`;
  const words = { file: " -r -F", dir: " -x -a '(__fish_complete_directories)'", model: " -x -a '(__termite_models)'", text: " -x" };
  return words[value];
}

/** A condition is a string that fish runs, so its words are quoted inside it. */
function formatCondition(names: readonly string[]): string {
  return `"__termite_is ${names.map((name) => quote(name)).join(" ")}"`;
}

function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
}
