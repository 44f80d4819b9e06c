// One line on a terminal that is written over while work goes on; nothing where nobody watches.
import { writeMessage } from "./output.ts";

const CLEAR_LINE = "\r\u001b[2K";

export interface Progress {
  show(text: string): void;
  /** Leaves the last text standing on a line of its own. */
  end(): void;
}

/** Shown when stderr is a terminal and the data goes elsewhere. */
export function createProgress(isWanted: boolean): Progress {
  const isShown = isWanted && process.stderr.isTTY === true && process.stdout.isTTY !== true;
  let hasText = false;
  return {
    show(text) {
      if (!isShown) return;
      writeMessage(CLEAR_LINE + text);
      hasText = true;
    },
    end() {
      if (hasText) writeMessage("\n");
    },
  };
}

export interface StatusLine {
  show(text: string): void;
  /** Leaves nothing behind. */
  clear(): void;
}

/** For work whose result follows on the same terminal: shown whenever stderr is one. */
export function createStatusLine(): StatusLine {
  const isShown = process.stderr.isTTY === true;
  let hasText = false;
  return {
    show(text) {
      if (!isShown) return;
      writeMessage(CLEAR_LINE + text);
      hasText = true;
    },
    clear() {
      if (hasText) writeMessage(CLEAR_LINE);
      hasText = false;
    },
  };
}
