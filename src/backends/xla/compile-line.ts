// What is compiled next, over all models. What nobody asked for yet has to wait until nothing runs.
import type { ProgramSet, Wanted } from "./program-set.ts";

export interface CompileLineOptions {
  /** Nothing runs, so that a compiler takes no core from anybody. Call `advance` when it becomes true. */
  isQuiet: () => boolean;
  /** Nothing runs just now: enough to load what is on disk, which is short. Call `advance` then too. */
  isIdle: () => boolean;
  /** Programs that are loaded from disk at the same time. */
  loadsAtOnce: number;
}

export class CompileLine {
  readonly #options: CompileLineOptions;
  readonly #sets = new Set<ProgramSet>();
  #inHand = 0;
  /** Compiling is one at a time, so that what becomes urgent is next; loading is short, and several Workers do it. */
  #width = 1;

  constructor(options: CompileLineOptions) {
    this.#options = options;
  }

  add(set: ProgramSet): void {
    this.#sets.add(set);
    this.advance();
  }

  /** What is being compiled just now is compiled to its end. */
  delete(set: ProgramSet): void {
    this.#sets.delete(set);
  }

  /** Goes on compiling where it had stopped. */
  advance(): void {
    while (this.#inHand < this.#width) {
      const next = this.#findNext();
      if (next === undefined) return;
      this.#inHand++;
      void this.#compile(next);
    }
  }

  /** Never rejects: a program that cannot be compiled is the set's to tell. */
  async #compile({ compile }: Wanted): Promise<void> {
    const fromCache = await compile();
    this.#width = fromCache ? this.#options.loadsAtOnce : 1;
    this.#inHand--;
    this.advance();
  }

  #findNext(): Wanted | undefined {
    const wanted = Array.from(this.#sets, (set) => set.findWanted()).filter((it) => it !== undefined);
    const [next] = wanted.toSorted((a, b) => b.urgency - a.urgency);
    return next !== undefined && (next.urgency > 0 || this.#isCalm()) ? next : undefined;
  }

  /** Where the last program was on disk, the next most likely is too. */
  #isCalm(): boolean {
    const { isQuiet, isIdle } = this.#options;
    return isQuiet() || (this.#width > 1 && isIdle());
  }
}
