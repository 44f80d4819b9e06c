// A few lines on a terminal that are written over while work goes on; nothing where nobody watches.
import { writeMessage } from "./output.ts";

export interface StatusBlock {
  /** No line may be wider than the terminal. */
  show(lines: readonly string[]): void;
  /** Leaves nothing behind. */
  clear(): void;
}

const CLEAR_LINE = "\r\u001b[2K";
const LINE_UP = "\u001b[1A";

export function createStatusBlock(isShown: boolean): StatusBlock {
  let height = 0;
  const formatClear = (): string => CLEAR_LINE + (LINE_UP + CLEAR_LINE).repeat(Math.max(0, height - 1));
  return {
    show(lines) {
      if (!isShown) return;
      writeMessage(formatClear() + lines.join("\n"));
      height = lines.length;
    },
    clear() {
      if (height > 0) writeMessage(formatClear());
      height = 0;
    },
  };
}
