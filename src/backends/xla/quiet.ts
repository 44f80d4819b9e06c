// Whether an engine has had nothing to do for a while: between the requests of one client it is only waiting for the next.

/** A compiler that begins earlier takes the cores from a client that asks one thing after the other. */
const QUIET_MS = 1000;

export class Quiet {
  readonly #onQuiet: () => void;
  #running = 0;
  #timer: Timer | undefined;

  /** `onQuiet` is called each time it becomes quiet. */
  constructor(onQuiet: () => void) {
    this.#onQuiet = onQuiet;
  }

  get isQuiet(): boolean {
    return this.#running === 0 && this.#timer === undefined;
  }

  begin(): void {
    this.#running++;
    this.close();
  }

  end(): void {
    this.#running--;
    if (this.#running > 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#onQuiet();
    }, QUIET_MS);
    // It keeps no process alive.
    this.#timer.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
