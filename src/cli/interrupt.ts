// Ctrl-C and SIGTERM of one-shot commands: the first aborts what runs, and the command ends with 130.
import { TermiteError } from "../errors.ts";

export interface Interrupt {
  signal: AbortSignal;
  /** Gives the signals back. */
  close(): void;
}

export function createInterrupt(): Interrupt {
  const controller = new AbortController();
  const abort = () => controller.abort(new TermiteError("interrupted", "Cannot finish: interrupted"));
  process.once("SIGINT", abort);
  process.once("SIGTERM", abort);
  return {
    signal: controller.signal,
    close: () => {
      process.off("SIGINT", abort);
      process.off("SIGTERM", abort);
    },
  };
}
