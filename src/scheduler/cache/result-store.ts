// Results by what was asked, bounded by bytes: what was not asked for the longest leaves first. Knows nothing of runs.
import type { HeadResult } from "../../heads/head.ts";
import type { TokenItem } from "../scheduler.ts";
import { isSameItem } from "./item-hash.ts";
import { RecencyList, type Listed } from "./recency-list.ts";

/** Items of one model under one head. One that is closed is never asked again. */
export interface Scope {
  readonly model: string;
  /** For `hashItem`. */
  readonly seed: number;
  isOpen: boolean;
}

/** What is asked for: the item, and its number in its scope. */
export interface Question {
  readonly scope: Scope;
  readonly hash: number;
  readonly item: TokenItem;
}

interface Stored extends Question, Listed<Stored> {
  readonly result: HeadResult;
  readonly sizeBytes: number;
}

/**
 * What an entry takes beside its numbers: its objects and those of its arrays, its place in the table, and what memory comes
 * in pieces of. Measured as private memory of a process with 30,000 entries (Bun 1.4.5): 450 for a few numbers, 750 for 384.
 */
const ENTRY_BYTES = 700;

/** Of all bytes, what one result may take: the token vectors of a long text must not drive out a thousand others. */
const LARGEST_SHARE = 1 / 32;

export class ResultStore {
  readonly #maxBytes: number;
  /** By number. Of two items with one number the newer one is kept. */
  readonly #stored = new Map<number, Stored>();
  readonly #recency = new RecencyList<Stored>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get entries(): number {
    return this.#stored.size;
  }

  /** The very object that was added: nobody may write into it. */
  find(question: Question): HeadResult | undefined {
    const stored = this.#stored.get(question.hash);
    if (stored === undefined || !isSameQuestion(stored, question)) return undefined;
    this.#recency.touch(stored);
    return stored.result;
  }

  /** Keeps references to the item and the result. One that is too large is not kept. */
  add({ scope, hash, item }: Question, result: HeadResult): void {
    const sizeBytes = ENTRY_BYTES + countItemBytes(item) + countResultBytes(result);
    if (!scope.isOpen || sizeBytes > this.#maxBytes * LARGEST_SHARE) return;
    const other = this.#stored.get(hash);
    if (other !== undefined) this.#remove(other);
    const stored: Stored = { scope, hash, item, result, sizeBytes, older: undefined, newer: undefined };
    this.#stored.set(hash, stored);
    this.#recency.add(stored);
    this.#bytes += sizeBytes;
    while (this.#bytes > this.#maxBytes && this.#recency.oldest !== undefined) this.#remove(this.#recency.oldest);
  }

  /** What belongs to scopes that were closed leaves. */
  removeClosed(): void {
    for (const stored of this.#stored.values()) if (!stored.scope.isOpen) this.#remove(stored);
  }

  #remove(stored: Stored): void {
    this.#stored.delete(stored.hash);
    this.#recency.remove(stored);
    this.#bytes -= stored.sizeBytes;
  }
}

export function isSameQuestion(left: Question, right: Question): boolean {
  return left.scope === right.scope && isSameItem(left.item, right.item);
}

function countItemBytes({ ids, typeIds }: TokenItem): number {
  return ids.byteLength + (typeIds?.byteLength ?? 0);
}

function countResultBytes(result: HeadResult): number {
  if (result.kind === "dense") return result.data.byteLength;
  if (result.kind === "ragged") return result.data.byteLength + result.lengths.byteLength;
  return result.indices.byteLength + result.values.byteLength + result.lengths.byteLength;
}
