// The completion script for bash, 3.2 (macOS) and newer; it needs nothing of the bash-completion package. Pure.
import { listAllFlags, listGroups, listNextWords } from "./shell-command.ts";
import type { ShellCommand, ValueKind } from "./shell-command.ts";

export function formatBashCompletions(commands: readonly ShellCommand[]): string {
  return `# bash completions of termite, made by "termite completions bash".

_termite_flags() {
  case $1 in
${commands.map(({ names, flags }) => formatCase(names, flags.map(({ name }) => name))).join("")}  esac
}

_termite_words() {
  case $1 in
${["", ...listGroups(commands)].map((prefix) => formatCase([prefix], listNextWords(commands, prefix).map(({ word }) => word))).join("")}\
${commands.filter(({ words }) => words.length > 0).map(({ names, words }) => formatCase(names, words)).join("")}  esac
}

# What the value of a flag can be; fails for a flag without a value.
_termite_values() {
  case $1 in
${listAllFlags(commands).map(({ name, value }) => (value === undefined ? "" : `    ${name}) ${formatValues(value)} ;;\n`)).join("")}\
    *) return 1 ;;
  esac
}

_termite_models() {
  command termite models 2>/dev/null | { read -r _; while read -r name _; do echo "$name"; done; }
}

${formatFunction(listGroups(commands))}`;
}

/** What bash calls: finds the command typed so far, and what is expected behind it. */
function formatFunction(groups: readonly string[]): string {
  return `_termite() {
  # Not COMP_WORDS: bash cuts those at ":" and "=", which names of models and targets hold.
  local line=\${COMP_LINE:0:COMP_POINT} command="" expects="" words=() word reply
  local cur=\${line##*[[:space:]]}
  read -ra words <<< "\${line%"$cur"}"
  for word in "\${words[@]:1}"; do
    if [[ -n $expects ]]; then expects=""; continue; fi
    case $word in
      -*=*) ;;
      -*) if _termite_values "$word" >/dev/null; then expects=$word; fi ;;
      *) case $command in
        ""${groups.map((group) => `|${group}`).join("")}) command=\${command:+$command }$word ;;
      esac ;;
    esac
  done

  local value=$cur prefix=""
  if [[ -z $expects && $cur == --*=* ]]; then
    expects=\${cur%%=*} value=\${cur#*=} prefix=\${cur%%=*}=
  fi
  if [[ -n $expects ]]; then reply=$(_termite_values "$expects")
  elif [[ $cur == -* ]]; then reply=$(_termite_flags "$command")
  else reply=$(_termite_words "$command")
  fi
  case $reply in
    "<file>") reply=$(compgen -f -- "$value"); compopt -o filenames 2>/dev/null ;;
    "<dir>") reply=$(compgen -d -- "$value"); compopt -o filenames 2>/dev/null ;;
    "<model>") reply=$(compgen -W "$(_termite_models)" -- "$value") ;;
    *) reply=$(compgen -W "$reply" -- "$value") ;;
  esac

  # bash replaces only what stands behind the last of its word breaks.
  local stem="" breaks=\${COMP_WORDBREAKS//[^:=]/}
  if [[ -n $breaks ]]; then stem=\${cur%"\${cur##*[$breaks]}"}; fi
  COMPREPLY=()
  while IFS= read -r word; do
    if [[ -n $word ]]; then word=$prefix$word; COMPREPLY+=("\${word#"$stem"}"); fi
  done <<< "$reply"
}

complete -F _termite termite
`;
}

function formatCase(names: readonly string[], words: readonly string[]): string {
  return `    ${names.map((name) => `"${name}"`).join("|")}) echo "${words.join(" ")}" ;;\n`;
}

function formatValues(value: ValueKind): string {
  return `echo "${typeof value === "string" ? KIND_WORDS[value] : value.join(" ")}"`;
}

const KIND_WORDS = { file: "<file>", dir: "<dir>", model: "<model>", text: "" } as const;
