// Models that killed a runner when they were loaded, remembered for a while so that they do not kill one at every request.
import type { TermiteError } from "../errors.ts";

interface Conviction {
  error: TermiteError;
  until: number;
}

export class Convictions {
  readonly #termMs: number;
  readonly #byKey = new Map<string, Conviction>();

  constructor(termMs: number) {
    this.#termMs = termMs;
  }

  add(key: string, error: TermiteError): void {
    const now = performance.now();
    for (const [other, { until }] of this.#byKey) if (until <= now) this.#byKey.delete(other);
    this.#byKey.set(key, { error, until: now + this.#termMs });
  }

  /** What a load of `key` is answered with instead of being tried. */
  find(key: string): TermiteError | undefined {
    const conviction = this.#byKey.get(key);
    return conviction !== undefined && conviction.until > performance.now() ? conviction.error : undefined;
  }

  delete(key: string): void {
    this.#byKey.delete(key);
  }
}
