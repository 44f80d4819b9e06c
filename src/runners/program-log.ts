// Tells in the log when an engine that compiles has every program of a model ready: from then on no text waits for one.
import type { SessionStats } from "../backends/backend.ts";
import type { Log } from "../log.ts";

export class ProgramLog {
  readonly #log: Log;
  /** Keys of models of which it is told, as long as they are loaded. */
  readonly #told = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** To be called with the figures of all models that a process has. */
  note(models: Readonly<Record<string, SessionStats>>, nameOf: (key: string) => string | undefined): void {
    for (const key of this.#told) if (!Object.hasOwn(models, key)) this.#told.delete(key);
    for (const [key, { ready, planned }] of Object.entries(models)) {
      if (planned === 0 || ready < planned || this.#told.has(key)) continue;
      this.#told.add(key);
      this.#log.info("every program is ready", { model: nameOf(key), programs: planned });
    }
  }
}
