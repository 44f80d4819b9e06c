// The texts that wait inside the bare engine, sorted by length, and the next batch of them: the text that has waited
// longest and its nearest neighbours, so that next to nothing is padding and nobody waits for ever.

import type { BareForm } from "./form.ts";

export interface Waiting {
  request: number;
  /** Place in its request. */
  index: number;
  ids: Int32Array;
}

export class Window {
  readonly #maxTokens: number;
  readonly #maxPadding: number;
  readonly #byAge: Waiting[] = [];

  constructor({ maxTokens, paddingPercent }: Pick<BareForm, "maxTokens" | "paddingPercent">) {
    this.#maxTokens = maxTokens;
    this.#maxPadding = paddingPercent / 100;
  }

  add(texts: readonly Waiting[]): void {
    this.#byAge.push(...texts);
  }

  /** Undefined when nothing waits. */
  takeBatch(): Waiting[] | undefined {
    const [oldest] = this.#byAge;
    if (oldest === undefined) return undefined;
    const sorted = this.#byAge.toSorted((a, b) => a.ids.length - b.ids.length);
    const [first, end] = this.#grow(sorted, sorted.indexOf(oldest));
    const batch = sorted.slice(first, end);
    const taken = new Set(batch);
    this.#byAge.splice(0, this.#byAge.length, ...this.#byAge.filter((text) => !taken.has(text)));
    return batch;
  }

  /** From one text to the side that is nearer in length, as long as the batch stays within its bounds. */
  #grow(sorted: readonly Waiting[], at: number): [number, number] {
    const lengthAt = (place: number): number => sorted[place]?.ids.length ?? NaN;
    const own = lengthAt(at);
    let [first, end, tokens] = [at, at + 1, own];
    const fits = (more: number, longest: number): boolean => {
      const cost = (end - first + 1) * longest;
      return cost <= this.#maxTokens && cost <= (tokens + more) * (1 + this.#maxPadding);
    };
    for (;;) {
      const [shorter, longer] = [lengthAt(first - 1), lengthAt(end)];
      const [canShorter, canLonger] = [fits(shorter, lengthAt(end - 1)), fits(longer, longer)];
      if (!canShorter && !canLonger) return [first, end];
      const takesShorter = canShorter && (!canLonger || own - shorter <= longer - own);
      tokens += takesShorter ? shorter : longer;
      if (takesShorter) first--;
      else end++;
    }
  }
}
