// One bound for several who need not know each other: whoever holds much leaves room for those who hold little. Pure
// bookkeeping; dynamic thresholds as switches share a buffer (Choudhury and Hahne, 1998).

/** Nobody holds more than eight times what is left free: alone eight ninths of the bound, with another eight 17ths each. */
const SHARE = 8;

export class SharedLimit {
  #total = 0;
  readonly #held = new Map<string, number>();

  get total(): number {
    return this.#total;
  }

  /** Who holds anything. */
  get owners(): number {
    return this.#held.size;
  }

  heldBy(owner: string): number {
    return this.#held.get(owner) ?? 0;
  }

  /** Whether `owner` may hold `more` under a bound of `limit`. */
  hasRoom(owner: string, more: number, limit: number): boolean {
    return this.#total + more <= limit && this.heldBy(owner) + more <= SHARE * (limit - this.#total);
  }

  /** A negative `amount` gives back. An owner that holds nothing is forgotten. */
  add(owner: string, amount: number): void {
    const held = this.heldBy(owner) + amount;
    this.#total += amount;
    if (held > 0) this.#held.set(owner, held);
    else this.#held.delete(owner);
  }
}

/** The most that one owner can hold of a bound of `limit`. */
export function computeShare(limit: number): number {
  return Math.max(1, Math.floor((limit * SHARE) / (SHARE + 1)));
}
