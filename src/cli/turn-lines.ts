// Log lines of one turn of the event loop, written together: a line a write takes a fifth of what a refusal costs.

export class TurnLines {
  readonly #write: (text: string) => void;
  #waiting = "";
  #isWatched = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** Written before the event loop looks for new events, or earlier by `flush`. */
  add(text: string): void {
    if (!this.#isWatched) process.on("exit", () => this.flush());
    this.#isWatched = true;
    if (this.#waiting === "") setImmediate(() => this.flush());
    this.#waiting += text;
  }

  flush(): void {
    const text = this.#waiting;
    this.#waiting = "";
    if (text !== "") this.#write(text);
  }
}
