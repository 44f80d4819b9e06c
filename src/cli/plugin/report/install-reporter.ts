// What people and scripts see while an install runs: lines that move on a terminal, a line every few seconds elsewhere,
// NDJSON with `--json`, nothing with `--quiet`.
import type { InstallEvent } from "../../../plugins/install/events.ts";
import { writeData, writeMessage } from "../../output.ts";
import { createPace } from "../../pace.ts";
import { createStatusBlock } from "../../status-block.ts";
import { createFetchMeter } from "./fetch-meter.ts";
import { formatPlan } from "./plan-text.ts";
import { formatProgress, formatTotal } from "./progress-text.ts";

export interface InstallReporter {
  onEvent(event: InstallEvent): void;
  onWait(): void;
  /** Takes what moves off the terminal; before anything else is written there. */
  close(): void;
}

const REDRAW_MS = 100;
const LINE_MS = 5_000;
const JSON_MS = 500;

export interface ReporterOptions {
  isJson: boolean;
  isQuiet: boolean;
  isForced: boolean;
}

export function createInstallReporter({ isJson, isQuiet, isForced }: ReporterOptions): InstallReporter {
  if (isJson) return createJsonReporter();
  if (isQuiet) return { onEvent: () => undefined, onWait: () => undefined, close: () => undefined };
  return createTextReporter(isForced);
}

function createJsonReporter(): InstallReporter {
  const isDue = createPace(JSON_MS);
  return {
    onEvent(event) {
      const isLast = event.event === "progress" && event.doneBytes === event.totalBytes;
      if (event.event !== "progress" || isLast || isDue()) writeData(`${JSON.stringify(event)}\n`);
    },
    onWait: () => writeMessage("waiting for another install to end\n"),
    close: () => undefined,
  };
}

function createTextReporter(isForced: boolean): InstallReporter {
  const isTerminal = process.stderr.isTTY === true;
  const block = createStatusBlock(isTerminal);
  const meter = createFetchMeter();
  const isDue = createPace(isTerminal ? REDRAW_MS : LINE_MS);
  const say = (text: string): void => {
    block.clear();
    writeMessage(text);
  };
  return {
    onEvent(event) {
      if (event.event !== "progress") return sayEvent(event, { say, isForced });
      meter.add(event);
      if (!isDue()) return;
      const state = meter.read();
      if (isTerminal) block.show(formatProgress(state, process.stderr.columns ?? 80));
      else writeMessage(`fetched ${formatTotal(state)}\n`);
    },
    onWait: () => say("waiting for another install to end\n"),
    close: block.clear,
  };
}

interface SayOptions {
  say(text: string): void;
  isForced: boolean;
}

/** Errors are said by the error boundary, results by the command; that a file is right is for scripts. */
function sayEvent(event: InstallEvent, { say, isForced }: SayOptions): void {
  if (event.event === "plan") say(formatPlan(event, { isForced }));
  else if (event.event === "probe") say(`${event.plugin}: ${event.ok ? "probe" : "probe failed"}: ${event.found}\n`);
}
