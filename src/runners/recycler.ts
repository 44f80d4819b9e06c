// Replaces a runner process above its memory ceiling, once its runs in flight have ended.
import type { Log } from "../log.ts";
import type { RunnerChild } from "./runner-child.ts";
import type { RunnerStats } from "./runner.ts";

export interface RecyclerOptions {
  /** Resident memory; `Infinity` for never. */
  ceilingBytes: number;
  /** Between two replacements at least: a ceiling below what the models need must not stop all work. */
  pauseMs: number;
  closeDeadlineMs: number;
  log: Log;
}

export class Recycler {
  readonly #options: RecyclerOptions;
  #recycledAt = -Infinity;
  #leaving: RunnerChild | undefined;

  constructor(options: RecyclerOptions) {
    this.#options = options;
  }

  /** Whether the end of `child` is a replacement and no crash. */
  isLeaving(child: RunnerChild): boolean {
    return this.#leaving === child;
  }

  /** To be called with the figures of a process that serves. */
  check(child: RunnerChild, { rssBytes }: RunnerStats): void {
    const { ceilingBytes, log } = this.#options;
    if (rssBytes <= ceilingBytes || !this.recycle(child)) return;
    log.info("recycling runner above its memory ceiling", { pid: child.pid, rssBytes, memoryCeilingBytes: ceilingBytes });
  }

  /** Has a process that serves replaced, whatever it takes; false where the last replacement is not long ago. */
  recycle(child: RunnerChild): boolean {
    const { pauseMs, closeDeadlineMs } = this.#options;
    if (!child.isOpen || performance.now() - this.#recycledAt < pauseMs) return false;
    this.#recycledAt = performance.now();
    this.#leaving = child;
    void child.close(closeDeadlineMs);
    return true;
  }
}
