// Rows to aligned columns for a person. Pure.
import { styleText } from "node:util";
import { escapeControls } from "./log-format.ts";

export interface TableOptions {
  /** Columns of the terminal: what does not fit is wrapped inside its cell. Absent: every row is one line, as scripts want it. */
  width?: number | undefined;
  /** The header in bold. */
  color?: boolean | undefined;
}

const GAP = "  ";
/** A column is not made narrower than this; a terminal that is narrower still breaks the lines itself. */
const LEAST_WIDTH = 8;

/** Columns separated by two spaces; the last one is not padded. Empty cells are "-". */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { width = Number.POSITIVE_INFINITY, color = false }: TableOptions = {},
): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => (cell === "" ? "-" : escapeControls(cell))));
  const natural = header.map((_, column) => Math.max(...cells.map((row) => Bun.stringWidth(row[column] ?? ""))));
  const widths = fitWidths(natural, width - GAP.length * (header.length - 1));
  const [first = [], ...others] = cells.map((row) => formatRow(row, widths));
  const head = color ? first.map((line) => styleText("bold", line, { validateStream: false })) : first;
  return [head, ...others].flat().map((line) => `${line}\n`).join("");
}

/** Columns that are narrower than an equal share keep their width; the others share what is left. */
export function fitWidths(natural: readonly number[], available: number): number[] {
  const sum = natural.reduce((total, width) => total + width, 0);
  if (sum <= available) return [...natural];
  let rest = available;
  let open = natural.length;
  const widths = [...natural];
  const byWidth = [...natural.keys()].sort((left, right) => (natural[left] ?? 0) - (natural[right] ?? 0));
  for (const column of byWidth) {
    const share = Math.max(LEAST_WIDTH, Math.floor(rest / open));
    widths[column] = Math.min(natural[column] ?? 0, share);
    rest -= widths[column] ?? 0;
    open -= 1;
  }
  return widths;
}

/** One line, or several where a cell is wrapped. */
function formatRow(row: readonly string[], widths: readonly number[]): string[] {
  const columns = row.map((cell, column) => wrapText(cell, widths[column] ?? 0));
  const height = Math.max(...columns.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => formatLine(columns.map((lines) => lines[line] ?? ""), widths));
}

function formatLine(parts: readonly string[], widths: readonly number[]): string {
  const padded = parts.map((part, column) => part + " ".repeat(Math.max(0, (widths[column] ?? 0) - Bun.stringWidth(part))));
  return padded.join(GAP).trimEnd();
}

/** Lines of at most `width` columns, broken at blanks; a word that is longer is broken anywhere. */
export function wrapText(text: string, width: number): string[] {
  return Bun.stringWidth(text) <= width ? [text] : Bun.wrapAnsi(text, Math.max(1, width), { hard: true }).split("\n");
}
