// One log event to one line, in the three styles of `log.style`. Pure.
import { styleText } from "node:util";
import type { LogStyle } from "../config/config.ts";

export interface LogEvent {
  type: string;
  date: Date;
  /** The message, then an optional object of fields. */
  args: readonly unknown[];
  style: LogStyle;
  color: boolean;
}

type Field = readonly [name: string, value: unknown];

const LEVEL_COLORS: Readonly<Record<string, "gray" | "cyan" | "yellow" | "red">> = {
  debug: "gray",
  info: "cyan",
  warn: "yellow",
  error: "red",
};

/** A whole line with its newline. Values never break a line: control characters are escaped. */
export function formatLogLine(event: LogEvent): string {
  const fields = listFields(event.args[1]);
  const message = String(event.args[0]);
  if (event.style === "json") return formatJson(event, message, fields);
  if (event.style === "logfmt") return formatLogfmt(event, message, fields);
  return formatTerminal(event, message, fields);
}

function formatJson(event: LogEvent, message: string, fields: readonly Field[]): string {
  const line = { time: event.date.toISOString(), level: event.type, msg: message, ...Object.fromEntries(fields) };
  return `${JSON.stringify(line)}\n`;
}

function formatLogfmt(event: LogEvent, message: string, fields: readonly Field[]): string {
  const head: Field[] = [["time", event.date.toISOString()], ["level", event.type], ["msg", message]];
  return `${formatPairs([...head, ...fields])}\n`;
}

function formatTerminal(event: LogEvent, message: string, fields: readonly Field[]): string {
  const time = event.date.toTimeString().slice(0, 8);
  const level = event.type.padEnd(5);
  const color = LEVEL_COLORS[event.type];
  const mark = event.color && color !== undefined ? styleText(color, level, { validateStream: false }) : level;
  const pairs = fields.length === 0 ? "" : ` ${formatPairs(fields)}`;
  return `${time} ${mark} ${escapeControls(message)}${pairs}\n`;
}

function formatPairs(fields: readonly Field[]): string {
  return fields.map(([name, value]) => `${name}=${formatValue(value)}`).join(" ");
}

/** logfmt: bare where nothing needs quoting, otherwise as a JSON string. */
function formatValue(value: unknown): string {
  const text = String(value);
  return /^[^\s"=\u0000-\u001f\u007f-\u009f]+$/.test(text) ? text : escapeControls(JSON.stringify(text));
}

/** Control characters as JSON escapes them: nothing that a name holds can move a terminal's cursor. */
export function escapeControls(text: string): string {
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, escapeControl);
}

/** JSON.stringify leaves DEL and the C1 controls (0x9b is CSI) as they are. */
function escapeControl(char: string): string {
  return char < " " ? JSON.stringify(char).slice(1, -1) : `\\u00${char.charCodeAt(0).toString(16)}`;
}

function listFields(fields: unknown): Field[] {
  if (typeof fields !== "object" || fields === null) return [];
  return Object.entries(fields).filter(([, value]) => value !== undefined);
}
