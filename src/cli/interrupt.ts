// Ctrl-C and SIGTERM of one-shot commands: the first aborts what runs, and the command ends with 130.
import { TermiteError } from "../errors.ts";
import { raceAbort } from "../race-abort.ts";

/** After Ctrl-C nobody waits longer than this. */
const GRACE_MS = 500;

export interface Interrupt {
  signal: AbortSignal;
  /** `work`, or a rejection when the signal aborts, once `work` has had a moment to clean up after itself. */
  race<T>(work: Promise<T>): Promise<T>;
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
    race: async (work) => {
      try {
        return await raceAbort(work, controller.signal);
      } catch (error) {
        await Promise.race([Promise.allSettled([work]), Bun.sleep(GRACE_MS)]);
        throw error;
      }
    },
    close: () => {
      process.off("SIGINT", abort);
      process.off("SIGTERM", abort);
    },
  };
}
