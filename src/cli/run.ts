// From argv to an exit code: help and version, the command, and the one error boundary of the command line.
import { runCommand } from "citty";
import { formatError, TermiteError } from "../errors.ts";
import { parseInvocation } from "./command.ts";
import type { CommandSpec } from "./command.ts";
import { splitGlobalFlags } from "./global-flags.ts";
import { formatCommandHelp, formatGroupHelp, formatRootHelp } from "./help.ts";
import { readStdoutLook, writeData, writeMessage } from "./output.ts";
import type { ColorFlags } from "./output.ts";
import { findCommand, isGroup, listHelpEntries } from "./tree.ts";

/** Keys of the configuration that every command has; those of one command stand in its own help. */
const ROOT_FLAGS: readonly string[] = ["config", "home", "offline", "log-level"];

/** Exit code of a whole command line: 0, 1, 2 or 130. */
export function runCli(argv: readonly string[]): Promise<number> {
  return withErrorBoundary(() => dispatch(argv), argv.includes("--debug"));
}

/** Never throws: every failure becomes one message on stderr and an exit code. */
export async function withErrorBoundary(run: () => Promise<number>, debug: boolean): Promise<number> {
  try {
    return await run();
  } catch (error) {
    return reportError(error, debug);
  }
}

async function dispatch(argv: readonly string[]): Promise<number> {
  const { globals, words } = splitGlobalFlags(argv);
  if (globals.includes("--version")) return printVersion();
  if (words[0] === "help") return dispatch(["--help", ...words.slice(1)]);
  if (words.length > 0) return runWords(words, globals);
  return printRootHelp(globals);
}

async function runWords(words: readonly string[], globals: readonly string[]): Promise<number> {
  const isHelp = words[1] === "--help" || words[1] === "-h" || globals.includes("--help");
  if (isHelp && isGroup(words[0])) return printText(formatGroupHelp(listHelpEntries(words[0]), readStdoutLook(findColor(globals))));
  const { command, rest } = await findCommand(words);
  const ownWords = rest.slice(0, rest.includes("--") ? rest.indexOf("--") : rest.length);
  if (ownWords.includes("--version")) return printVersion();
  if (globals.includes("--help") || ownWords.includes("--help") || ownWords.includes("-h")) {
    return printText(formatCommandHelp(command.spec, readStdoutLook(findColor([...globals, ...ownWords]))));
  }
  const { result } = await runCommand(command, { rawArgs: [...globals, ...rest] });
  return typeof result === "number" ? result : 0;
}

async function printVersion(): Promise<number> {
  const { formatVersionLine } = await import("./version.ts");
  return printText(`${formatVersionLine()}\n`);
}

/** Without a command: asked for it is data, otherwise it is an answer to a mistake. */
async function printRootHelp(globals: readonly string[]): Promise<number> {
  const { createConfigFlags } = await import("./context.ts");
  const all = createConfigFlags();
  const root: CommandSpec = { name: "", summary: "", flags: all, examples: [], run: async () => 0 };
  const { flags } = parseInvocation(root, globals);
  const shown = Object.fromEntries(Object.entries(all).filter(([name]) => ROOT_FLAGS.includes(name)));
  const help = { entries: listHelpEntries(), flags: shown };
  if (flags["help"] === true) return printText(formatRootHelp(help, readStdoutLook(flags)));
  writeMessage(formatRootHelp(help, {}));
  return 2;
}

function printText(text: string): number {
  writeData(text);
  return 0;
}

/** Help is also given to command lines that cannot be parsed. */
function findColor(words: readonly string[]): ColorFlags {
  return words.includes("--no-color") ? { color: false } : {};
}

/** `error: Cannot …` and, where there is one, `hint: …`. Stacks only with `--debug`. */
function reportError(error: unknown, debug: boolean): number {
  const known = error instanceof TermiteError;
  const message = formatError(error);
  const hint = known ? error.hint : "This is a defect of termite; run again with --debug and report what it prints";
  writeMessage(`error: ${message}\n`);
  if (hint !== undefined) writeMessage(`hint: ${hint}\n`);
  if (debug && error instanceof Error) writeMessage(`${formatStacks(error)}\n`);
  return known ? error.exitCode : 1;
}

function formatStacks(error: Error): string {
  const stack = error.stack ?? error.message;
  return error.cause instanceof Error ? `${stack}\ncaused by: ${formatStacks(error.cause)}` : stack;
}
