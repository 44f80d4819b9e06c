// Between pipelines and the queue: what was asked before is answered from memory, and what several ask at the same time
// runs once. Never a wrong answer: a result belongs to one state of a model's files, one head, one engine and exactly these
// tokens. Results are shared by all who asked for them: nobody may write into one.
import { resolveError } from "../../errors.ts";
import type { HeadResult } from "../../heads/head.ts";
import { raceAbort } from "../../race-abort.ts";
import type { Permit } from "../admission.ts";
import type { Scheduler, Work } from "../scheduler.ts";
import { isNear, joinFlight, type Flight, type Landing } from "./flight.ts";
import { hashItem, randomInt32 } from "./item-hash.ts";
import { ResultStore, isSameQuestion, type Question, type Scope } from "./result-store.ts";

export interface ResultCacheOptions {
  scheduler: Pick<Scheduler, "submit">;
  maxBytes: number;
  /** What a model runs on: another engine gives other numbers. Absent: always the same. */
  findEngine?: (model: string) => unknown;
}

export interface CacheFigures {
  bytes: number;
  maxBytes: number;
  entries: number;
  /** Items since the start: answered from memory, run, and answered by a run that somebody else had begun. */
  hits: number;
  misses: number;
  shared: number;
}

interface ModelScopes {
  engine: unknown;
  /** By the name of the head. */
  heads: Map<string, Scope>;
}

/** One request while its results come together. */
interface Request {
  work: Work;
  scope: Scope;
  /** Of all its items. */
  tokens: number;
  results: HeadResult[];
  permit: Permit | undefined;
}

interface Followed {
  index: number;
  landing: Promise<Landing>;
}

export class ResultCache {
  readonly #options: ResultCacheOptions;
  readonly #store: ResultStore;
  readonly #scopes = new Map<string, ModelScopes>();
  /** By the item's number; of several for one item the one that begins soonest. */
  readonly #flights = new Map<number, Flight>();
  #hits = 0;
  #misses = 0;
  #shared = 0;

  constructor(options: ResultCacheOptions) {
    this.#options = options;
    this.#store = new ResultStore(options.maxBytes);
  }

  /**
   * As the scheduler's `submit`. The permit is resized to the tokens that must really run, which may be none; it may refuse
   * them.
   */
  async run(work: Work, permit?: Permit): Promise<HeadResult[]> {
    work.signal.throwIfAborted();
    const scope = this.#resolveScope(work.model, work.head);
    const request: Request = { work, scope, permit, tokens: countTokens(work.items), results: [] };
    let open: readonly number[] = Array.from(work.items.keys());
    while (open.length > 0) open = await this.#runOnce(request, open);
    return request.results;
  }

  /** Everything of the model leaves. */
  forget(model: string): void {
    const known = this.#scopes.get(model);
    if (known === undefined) return;
    this.#scopes.delete(model);
    for (const scope of known.heads.values()) scope.isOpen = false;
    this.#store.removeClosed();
  }

  figures(): CacheFigures {
    const { bytes, entries } = this.#store;
    const { maxBytes } = this.#options;
    return { bytes, maxBytes, entries, hits: this.#hits, misses: this.#misses, shared: this.#shared };
  }

  #resolveScope(model: string, head: string): Scope {
    const engine = this.#options.findEngine?.(model);
    if (this.#scopes.get(model)?.engine !== engine) this.forget(model);
    const scopes = this.#scopes.get(model) ?? { engine, heads: new Map<string, Scope>() };
    const scope = scopes.heads.get(head) ?? { model, seed: randomInt32(), isOpen: true };
    scopes.heads.set(head, scope);
    this.#scopes.set(model, scopes);
    return scope;
  }

  /** The places that are still without a result: whoever ran their items has left. */
  async #runOnce(request: Request, open: readonly number[]): Promise<number[]> {
    const own: Flight[] = [];
    const followed: Followed[] = [];
    for (const index of open) this.#place(request, index, { own, followed });
    await this.#runOwn(request, own);
    if (followed.length === 0) return [];
    const landings = await raceAbort(Promise.all(followed.map(({ landing }) => landing)), request.work.signal);
    const left: number[] = [];
    for (const [at, { result, error }] of landings.entries()) {
      if (error !== undefined) throw error;
      const index = followed[at]?.index ?? 0;
      if (result === undefined) left.push(index);
      else request.results[index] = result;
    }
    // Whoever left gives back its tokens within this turn: what takes its place needs the room.
    if (left.length > 0) await new Promise((resolve) => setImmediate(resolve));
    return left;
  }

  /** Answered from memory, followed, or the request's own to run. */
  #place({ work, scope, tokens, results }: Request, index: number, { own, followed }: { own: Flight[]; followed: Followed[] }): void {
    const item = work.items[index];
    if (item === undefined) return;
    const question: Question = { scope, item, hash: hashItem(item, scope.seed) };
    const stored = this.#store.find(question);
    if (stored !== undefined) {
      this.#hits++;
      results[index] = stored;
      return;
    }
    const known = this.#flights.get(question.hash);
    const flight = known !== undefined && isSameQuestion(known, question) ? known : undefined;
    if (flight?.work === work) {
      this.#shared++;
      flight.places.push(index);
    } else if (flight !== undefined && isNear(flight, work, tokens)) {
      this.#shared++;
      followed.push({ index, landing: joinFlight(flight) });
    } else {
      this.#misses++;
      const begun = { ...question, work, places: [index], tokens: 0, isRunning: false, isLanded: false };
      own.push(begun);
      this.#flights.set(question.hash, begun);
    }
  }

  async #runOwn({ work, results, permit }: Request, own: readonly Flight[]): Promise<void> {
    const items = own.map(({ item }) => item);
    const tokens = countTokens(items);
    for (const flight of own) flight.tokens = tokens;
    const land = (at: number, result: HeadResult | undefined): void => this.#land(own[at], result, results);
    try {
      permit?.resize(tokens);
      if (own.length === 0) return;
      const given = await this.#options.scheduler.submit({
        ...work,
        items,
        onStart: (at) => own[at] && (own[at].isRunning = true),
        onResult: land,
        ...(permit !== undefined && { onDone: permit.finish }),
      });
      given.forEach((result, at) => land(at, result));
    } catch (error) {
      // Of several it is not known which failed; and that its client left, or its time was over, is nobody else's failure.
      const isTheirs = own.length === 1 && !work.signal.aborted;
      for (const flight of own) this.#end(flight, isTheirs ? { error: resolveError(error) } : {});
      throw error;
    }
  }

  #land(flight: Flight | undefined, result: HeadResult | undefined, results: HeadResult[]): void {
    if (flight === undefined || flight.isLanded || result === undefined) return;
    for (const place of flight.places) results[place] = result;
    this.#store.add(flight, result);
    this.#end(flight, { result });
  }

  #end(flight: Flight, landing: Landing): void {
    if (flight.isLanded) return;
    flight.isLanded = true;
    if (this.#flights.get(flight.hash) === flight) this.#flights.delete(flight.hash);
    flight.landing?.resolve(landing);
  }
}

function countTokens(items: Work["items"]): number {
  return items.reduce((sum, { ids }) => sum + ids.length, 0);
}
