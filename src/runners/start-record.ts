// How the processes of a runner have fared: how long the next start waits, and when callers are not to wait for it.
import { restartDelayMs } from "./back-off.ts";

/** Failed starts in a row after which callers are no longer kept waiting. */
const FAILED_STARTS = 5;

export class StartRecord {
  readonly #settledMs: number;
  readonly #firstStarts: number;
  #restarts = 0;
  #restartsSinceRun = 0;
  #failedStarts = 0;
  #readyAt: number | undefined;
  #wasEverReady = false;

  /**
   * A process that lived `settledMs` after it was ready was well started, however it ends. `firstStarts`: how many may
   * fail before one has ever come about.
   */
  constructor(settledMs: number, firstStarts = FAILED_STARTS) {
    this.#settledMs = settledMs;
    this.#firstStarts = firstStarts;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** Of the process that lives now or has just ended. */
  get wasReady(): boolean {
    return this.#readyAt !== undefined;
  }

  /** Any process so far. */
  get wasEverReady(): boolean {
    return this.#wasEverReady;
  }

  noteReady(): void {
    this.#readyAt = performance.now();
    this.#wasEverReady = true;
  }

  /** A run succeeded: whatever was before is forgotten. */
  noteRun(): void {
    this.#restartsSinceRun = 0;
    this.#failedStarts = 0;
  }

  /** A process has ended that was not told to, and no work is to blame: soon after its start that is a failed start. */
  noteDeath(): { isFailed: boolean } {
    const isSettled = this.#readyAt !== undefined && performance.now() - this.#readyAt >= this.#settledMs;
    this.#failedStarts = isSettled ? 0 : this.#failedStarts + 1;
    return { isFailed: this.#failedStarts >= (this.#wasEverReady ? FAILED_STARTS : this.#firstStarts) };
  }

  /** Counts a restart and says how long it has to wait. */
  noteRestart(): number {
    this.#readyAt = undefined;
    this.#restarts++;
    return restartDelayMs(this.#restartsSinceRun++);
  }
}
