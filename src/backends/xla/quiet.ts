// Whether an engine has had nothing to do for a while: between the requests of one client it is only waiting for the next.

/** A compiler that begins earlier takes the cores from a client that asks one thing after the other. */
const QUIET_MS = 1000;

export class Quiet {
  readonly #onCalm: () => void;
  #running = 0;
  #timer: Timer | undefined;

  /** `onCalm` is called each time it becomes idle, and again when that has become quiet. */
  constructor(onCalm: () => void) {
    this.#onCalm = onCalm;
  }

  /** Nothing runs just now. */
  get isIdle(): boolean {
    return this.#running === 0;
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
      this.#onCalm();
    }, QUIET_MS);
    // It keeps no process alive.
    this.#timer.unref();
    this.#onCalm();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
