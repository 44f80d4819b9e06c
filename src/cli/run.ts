// From argv to an exit code: help and version, the command, and the one error boundary of the command line.
import { stripVTControlCharacters } from "node:util";
import { renderUsage, runCommand } from "citty";
import { formatError, TermiteError } from "../errors.ts";
import { parseInvocation } from "./command.ts";
import type { Command, CommandSpec } from "./command.ts";
import { splitGlobalFlags } from "./global-flags.ts";
import { writeData, writeMessage } from "./output.ts";
import { createRoot, findCommand, isGroup } from "./tree.ts";

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
  return printRootHelp((await hasHelpFlag(globals)) ? 0 : 2);
}

/** Flags without a command are parsed as strictly as a command's own. */
async function hasHelpFlag(globals: readonly string[]): Promise<boolean> {
  const { createConfigFlags } = await import("./context.ts");
  const root: CommandSpec = { name: "", summary: "", flags: createConfigFlags(), examples: [], run: async () => 0 };
  return parseInvocation(root, globals).flags["help"] === true;
}

async function runWords(words: readonly string[], globals: readonly string[]): Promise<number> {
  if (isGroup(words[0]) && (words[1] === "--help" || words[1] === "-h" || globals.includes("--help"))) return printRootHelp(0);
  const { command, rest } = await findCommand(words);
  const ownWords = rest.slice(0, rest.includes("--") ? rest.indexOf("--") : rest.length);
  if (ownWords.includes("--version")) return printVersion();
  if (globals.includes("--help") || ownWords.includes("--help") || ownWords.includes("-h")) return printHelp(command);
  const { result } = await runCommand(command, { rawArgs: [...globals, ...rest] });
  return typeof result === "number" ? result : 0;
}

async function printVersion(): Promise<number> {
  const { formatVersionLine } = await import("./version.ts");
  writeData(`${formatVersionLine()}\n`);
  return 0;
}

async function printRootHelp(exitCode: number): Promise<number> {
  const text = `${stripVTControlCharacters(await renderUsage(createRoot()))}\n`;
  if (exitCode === 0) writeData(text);
  else writeMessage(text);
  return exitCode;
}

async function printHelp(command: Command): Promise<number> {
  const usage = stripVTControlCharacters(await renderUsage(command)).trimEnd();
  const examples = command.spec.examples.map(([line, text]) => `  ${line}\n      ${text}`);
  writeData(`${usage}\n\nEXAMPLES\n\n${examples.join("\n")}\n`);
  return 0;
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
