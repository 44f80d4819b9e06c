// Where callers wait for a runner process: open with the one that serves now, closed while there is none.
import { raceAbort } from "../race-abort.ts";

export class Gate<T> {
  #passage = createPassage<T>();
  #settled = false;

  /** Lets everybody who waits, and everybody later, through with `value`. */
  open(value: T): void {
    this.close();
    this.#passage.resolve(value);
    this.#settled = true;
  }

  /** From now on callers wait; those who wait already go on waiting. */
  close(): void {
    if (this.#settled) this.#passage = createPassage<T>();
    this.#settled = false;
  }

  /** Turns away everybody who waits, and everybody until it opens or closes. */
  refuse(error: Error): void {
    this.close();
    this.#passage.reject(error);
    this.#settled = true;
  }

  /** Rejects with the reason of `signal`, or with the error of `refuse`. */
  wait(signal?: AbortSignal): Promise<T> {
    return raceAbort(this.#passage.promise, signal);
  }
}

function createPassage<T>(): PromiseWithResolvers<T> {
  const passage = Promise.withResolvers<T>();
  // A refusal that nobody waits for is no unhandled rejection: whoever comes later is told.
  passage.promise.catch(() => undefined);
  return passage;
}
