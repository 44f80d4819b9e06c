// The one door to the terminal: data on stdout, everything else on stderr, and the logger (consola) that writes there.
// Writes are synchronous, so that nothing is lost when the process ends on a slow pipe; log lines of one turn go together.
import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { createConsola } from "consola/core";
import { readEnvironment } from "../config/env.ts";
import type { LogLevel, LogStyle } from "../config/config.ts";
import { findErrorCode, TermiteError } from "../errors.ts";
import type { Log, LogFields } from "../log.ts";
import { formatLogLine } from "./log-format.ts";
import { formatTable } from "./table.ts";
import type { TableOptions } from "./table.ts";
import { TurnLines } from "./turn-lines.ts";

const STDOUT_FD = 1;
const STDERR_FD = 2;
const PIPE_FULL_WAIT_MS = 2;
const CONSOLA_LEVELS: Readonly<Record<LogLevel, number>> = { error: 0, warn: 1, info: 3, debug: 4 };

const logLines = new TurnLines((text) => void writeWhole(STDERR_FD, text));

export interface OutputOptions {
  level: LogLevel;
  style: LogStyle;
  color: boolean;
}

/** Writes data. False when the reader has gone (EPIPE): nobody wants the rest, and `termite models | head` is no failure. */
export function writeData(text: string): boolean {
  logLines.flush();
  return writeWhole(STDOUT_FD, text);
}

/** Writes a message for a person. */
export function writeMessage(text: string): void {
  logLines.flush();
  writeWhole(STDERR_FD, text);
}

/** Writes rows for a person: as wide as the terminal, or one line a row where something else reads them. */
export function writeTable(header: readonly string[], rows: readonly (readonly string[])[], flags: ColorFlags): boolean {
  return writeData(formatTable(header, rows, readStdoutLook(flags)));
}

/** The command's flags as they were given; `color: false` is `--no-color`. */
export type ColorFlags = Readonly<Record<string, string | boolean>>;

/** How what goes to stdout may look: nothing but plain lines where it is no terminal. */
export function readStdoutLook(flags: ColorFlags): TableOptions {
  if (!isatty(STDOUT_FD)) return {};
  const environment = readEnvironment();
  const width = [process.stdout.columns, Number(environment["COLUMNS"])].find((columns) => columns > 0);
  return { width, color: isColorWanted("stdout", flags, environment) };
}

/**
 * Whether escape sequences are wanted: a terminal that is not "dumb", no `NO_COLOR` that holds anything (no-color.org),
 * no `--no-color`. Nothing forces them upon a pipe.
 */
export function isColorWanted(
  stream: "stdout" | "stderr",
  flags: ColorFlags,
  environment: Readonly<Record<string, string>>,
): boolean {
  const isTerminal = isatty(stream === "stdout" ? STDOUT_FD : STDERR_FD) && environment["TERM"] !== "dumb";
  return isTerminal && flags["color"] !== false && !environment["NO_COLOR"];
}

export function createLog(options: OutputOptions): Log {
  const consola = createConsola({
    level: CONSOLA_LEVELS[options.level],
    throttle: 0,
    reporters: [{ log: ({ type, date, args }) => logLines.add(formatLogLine({ type, date, args, ...options })) }],
  });
  return {
    debug: (message: string, fields?: LogFields) => consola.debug(message, fields),
    info: (message: string, fields?: LogFields) => consola.info(message, fields),
    warn: (message: string, fields?: LogFields) => consola.warn(message, fields),
    error: (message: string, fields?: LogFields) => consola.error(message, fields),
  };
}

function writeWhole(fd: number, text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  let offset = 0;
  while (offset < bytes.length) {
    const written = writeSome(fd, bytes.subarray(offset));
    if (written === undefined) return false;
    offset += written;
  }
  return true;
}

/** Bytes taken, 0 when the pipe is full, `undefined` when nobody reads any more. */
function writeSome(fd: number, bytes: Uint8Array): number | undefined {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    const code = findErrorCode(error);
    if (code === "EPIPE") return undefined;
    if (code === "ENOSPC") throw new TermiteError("disk_full", "Cannot write the output: no space left", { cause: error });
    if (code !== "EAGAIN") throw error;
    Bun.sleepSync(PIPE_FULL_WAIT_MS);
    return 0;
  }
}
