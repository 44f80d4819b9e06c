// One at a time, first come first served.

/** `take` calls its task when all that were given before have ended, however they ended. */
export class Turn {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(task: () => Promise<T>): Promise<T> {
    const taken = this.#last.then(task);
    this.#last = Promise.allSettled([taken]);
    return taken;
  }
}
