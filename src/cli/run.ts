// From argv to an exit code: help and version, the command, and the one error boundary of the command line.
import { stripVTControlCharacters } from "node:util";
import { renderUsage, runCommand } from "citty";
import { TermiteError } from "../errors.ts";
import { parseInvocation } from "./command.ts";
import type { Command, CommandSpec } from "./command.ts";
import { splitGlobalFlags } from "./global-flags.ts";
import { isColorWanted, writeData, writeMessage } from "./output.ts";
import { createRoot, findCommand } from "./tree.ts";

/** Never throws: every failure becomes one message on stderr and an exit code (0, 1, 2 or 130). */
export async function runCli(argv: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  try {
    return await dispatch(argv, environment);
  } catch (error) {
    return reportError(error, argv.includes("--debug"));
  }
}

async function dispatch(argv: readonly string[], environment: Readonly<Record<string, string>>): Promise<number> {
  const { globals, words } = splitGlobalFlags(argv);
  if (globals.includes("--version")) return printVersion();
  if (words[0] === "help") return dispatch(["--help", ...words.slice(1)], environment);
  if (words.length > 0) return runWords(words, globals);
  return printRootHelp((await hasHelpFlag(globals)) ? 0 : 2, environment);
}

/** Flags without a command are parsed as strictly as a command's own. */
async function hasHelpFlag(globals: readonly string[]): Promise<boolean> {
  const { createConfigFlags } = await import("./context.ts");
  const root: CommandSpec = { name: "", summary: "", flags: createConfigFlags(), examples: [], run: async () => 0 };
  return parseInvocation(root, globals).flags["help"] === true;
}

async function runWords(words: readonly string[], globals: readonly string[]): Promise<number> {
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

async function printRootHelp(exitCode: number, environment: Readonly<Record<string, string>>): Promise<number> {
  const text = `${await renderUsage(createRoot())}\n`;
  const color = isColorWanted({ noColorFlag: false, noColorVariable: environment["NO_COLOR"] });
  const shown = color && process.stdout.isTTY ? text : stripVTControlCharacters(text);
  if (exitCode === 0) writeData(shown);
  else writeMessage(shown);
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
  const message = error instanceof Error ? error.message : String(error);
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
