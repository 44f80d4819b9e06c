// A download's progress as lines for a person. Pure.
import { basename } from "node:path";
import { formatBytes } from "../../../format-bytes.ts";
import type { FetchState } from "./fetch-meter.ts";

/** More files than this are counted, not named. */
const MOST_FILES = 6;

/** `41 %, 812.3 MB of 2.1 GB, 105.2 MB/s, 12 s left` */
export function formatTotal({ doneBytes, totalBytes, bytesPerSecond, secondsLeft }: FetchState): string {
  const parts = [formatPercent(doneBytes, totalBytes), `${formatBytes(doneBytes)} of ${formatBytes(totalBytes)}`];
  if (bytesPerSecond !== undefined) parts.push(`${formatBytes(bytesPerSecond)}/s`);
  if (secondsLeft !== undefined) parts.push(`${formatSeconds(secondsLeft)} left`);
  return parts.join(", ");
}

/** A line a file and one for all, none wider than the terminal. */
export function formatProgress(state: FetchState, width: number): string[] {
  const shown = state.open.slice(0, MOST_FILES);
  const names = shown.map(({ file }) => basename(file));
  const longest = Math.max(5, ...names.map((name) => name.length));
  const files = shown.map(({ fileDoneBytes, fileTotalBytes }, index) => {
    const percent = formatPercent(fileDoneBytes, fileTotalBytes).padStart(5);
    return `  ${(names[index] ?? "").padEnd(longest)}  ${percent}  of ${formatBytes(fileTotalBytes)}`;
  });
  const more = state.open.length > shown.length ? [`  and ${state.open.length - shown.length} more`] : [];
  return [...files, ...more, `  ${"total".padEnd(longest)}  ${formatTotal(state)}`].map((line) => cutLine(line, width));
}

/** In the last column a terminal may begin a new line by itself. */
function cutLine(line: string, width: number): string {
  return line.length < width ? line : `${line.slice(0, Math.max(0, width - 2))}…`;
}

function formatPercent(done: number, total: number): string {
  return `${total === 0 ? 100 : Math.floor((done / total) * 100)} %`;
}

/** `48 s`, `3 min 20 s`, `2 h 5 min` */
export function formatSeconds(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
