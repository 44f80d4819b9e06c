// The completion script for zsh: a file `_termite` in a folder of `fpath`, or sourced after `compinit`. Pure.
import { listAllFlags, listGroups, listNextWords } from "./shell-command.ts";
import type { ShellCommand, ShellFlag, ValueKind } from "./shell-command.ts";

export function formatZshCompletions(commands: readonly ShellCommand[]): string {
  const [root, ...others] = commands;
  const single = others.filter(({ names }) => !(names[0] ?? "").includes(" "));
  const groups = listGroups(commands);
  return `#compdef termite
# zsh completions of termite, made by "termite completions zsh".

_termite_models() {
  local -a models
  models=(\${\${(f)"$(command termite models 2>/dev/null)"}[2,-1]%% *})
  compadd -a models
}

${["", ...groups].map((prefix) => formatNextWords(commands, prefix)).join("\n")}
_termite() {
  local curcontext=$curcontext state line
  typeset -A opt_args flag
  flag=(
${listAllFlags(commands).map((known) => `    ${known.name} ${quote(formatFlag(known))}\n`).join("")}  )
  _arguments -C ${formatFlags(root?.flags ?? [])} \\
    '1: :_termite_words' '*:: :->rest'
  [[ $state == rest ]] || return
  case $line[1] in
${single.map((command) => formatBranch(command.names, command)).join("")}\
${groups.map((group) => formatGroup(group, others)).join("")}  esac
}

if [[ $funcstack[1] == _termite ]]; then
  _termite "$@"
else
  compdef _termite termite
fi
`;
}

/** `_termite_words`, `_termite_words_plugin`: the commands that can come next. */
function formatNextWords(commands: readonly ShellCommand[], prefix: string): string {
  const lines = listNextWords(commands, prefix).map(({ word, summary }) => `    ${quote(`${word}:${summary}`)}\n`);
  return `${resolveName(prefix)}() {
  local -a words=(
${lines.join("")}  )
  _describe command words
}
`;
}

function resolveName(prefix: string): string {
  return prefix === "" ? "_termite_words" : `_termite_words_${prefix}`;
}

/** `_arguments` on the words behind the command. */
function formatBranch(names: readonly string[], { flags, words }: ShellCommand): string {
  const argument = words.length === 0 ? "" : ` ${quote(`1: :${formatAction(words)}`)}`;
  return `    ${names.join("|")}) _arguments ${formatFlags(flags)}${argument} ;;\n`;
}

function formatGroup(group: string, commands: readonly ShellCommand[]): string {
  const branches = commands.flatMap((command) => {
    const names = command.names.filter((name) => name.startsWith(`${group} `)).map((name) => name.slice(group.length + 1));
    return names.length === 0 ? [] : [`    ${formatBranch(names, command)}`];
  });
  return `    ${group})
      _arguments -C '1: :${resolveName(group)}' '*:: :->rest'
      [[ $state == rest ]] || return
      case $line[1] in
${branches.join("")}      esac ;;
`;
}

/** Each is written once, in the table `flag`. */
function formatFlags(flags: readonly ShellFlag[]): string {
  return flags.map(({ name }) => `$flag[${name}]`).join(" ");
}

/** `--log-level=[least important lines]:log-level:(debug info warn error)`; zsh's special characters are escaped. */
function formatFlag({ name, description, value }: ShellFlag): string {
  const text = description.replaceAll(/[[\]:\\]/g, "\\$&");
  return value === undefined ? `${name}[${text}]` : `${name}=[${text}]:${name.slice(2)}:${formatAction(value)}`;
}

function formatAction(value: ValueKind): string {
  if (typeof value !== "string") return `(${value.join(" ").replaceAll(":", "\\:")})`;
  return { file: "_files", dir: "_files -/", model: "_termite_models", text: " " }[value];
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
