// One line on a terminal that is written over while work goes on; nothing where nobody watches.
import { writeMessage } from "./output.ts";

const CLEAR_LINE = "\r\u001b[2K";

export interface StatusLine {
  show(text: string): void;
  /** Leaves nothing behind. */
  clear(): void;
  /** Leaves the last text standing on a line of its own. */
  end(): void;
}

/** For work whose result goes to a file or a pipe: shown when stderr is a terminal and stdout is not. */
export function createProgress(isWanted: boolean): StatusLine {
  return openLine(isWanted && process.stderr.isTTY === true && process.stdout.isTTY !== true);
}

/** For work whose result follows on the same terminal: shown whenever stderr is one. */
export function createStatusLine(): StatusLine {
  return openLine(process.stderr.isTTY === true);
}

function openLine(isShown: boolean): StatusLine {
  let hasText = false;
  const finish = (ending: string): void => {
    if (hasText) writeMessage(ending);
    hasText = false;
  };
  return {
    show(text) {
      if (!isShown) return;
      writeMessage(CLEAR_LINE + text);
      hasText = true;
    },
    clear: () => finish(CLEAR_LINE),
    end: () => finish("\n"),
  };
}
