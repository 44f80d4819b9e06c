// The next run, in memory that every Worker sees: whichever ends its own first takes it, without waiting for another thread
// to hand it over. Holds one run at a time. The parent's thread puts and retracts, Workers take; each run goes to one of them.
import type { TokenBatch } from "../../tensor.ts";
import type { WorkerRequest } from "./protocol.ts";

/** Which of its run options a Worker uses is its own affair. */
type RunRequest = Omit<Extract<WorkerRequest, { kind: "run" }>, "turn" | "head">;

/** `id` is the pool's: by it the parent knows which run a Worker took. */
export interface MailedRun {
  id: number;
  request: RunRequest;
}

const [EMPTY, READY, TAKEN] = [0, 1, 2];
/** Numbers before the batch: state, id, session, head, texts, tokens, which optional arrays there are; then the address. */
const FIELDS = { state: 0, id: 1, session: 2, head: 3, texts: 4, tokens: 5, parts: 6 };
const ADDRESS_BYTE = 32;
const BATCH_WORD = 10;
const [HAS_TYPE_IDS, HAS_POOL_FROM] = [1, 2];
/** A larger batch runs so long that it does not matter how it got there. */
const BATCH_WORDS = 65_536;

export const createMailboxMemory = (): SharedArrayBuffer => new SharedArrayBuffer((BATCH_WORD + BATCH_WORDS) * 4);

export class RunMailbox {
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #address: Float64Array<SharedArrayBuffer>;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
    this.#address = new Float64Array(memory, ADDRESS_BYTE, 1);
  }

  /** False when another run lies there, or when the batch is too large. The head must be known to every Worker. */
  put({ id, request: { session, headId, batch } }: MailedRun): boolean {
    const words = this.#words;
    const arrays = [batch.ids, batch.lengths, ...(batch.typeIds ? [batch.typeIds] : []), ...(batch.poolFrom ? [batch.poolFrom] : [])];
    const size = arrays.reduce((sum, { length }) => sum + length, 0);
    if (size > BATCH_WORDS || Atomics.load(words, FIELDS.state) !== EMPTY) return false;
    words[FIELDS.id] = id;
    words[FIELDS.session] = session.id;
    words[FIELDS.head] = headId;
    words[FIELDS.texts] = batch.lengths.length;
    words[FIELDS.tokens] = batch.ids.length;
    words[FIELDS.parts] = (batch.typeIds ? HAS_TYPE_IDS : 0) | (batch.poolFrom ? HAS_POOL_FROM : 0);
    this.#address[0] = session.address;
    let at = BATCH_WORD;
    for (const array of arrays) {
      words.set(array, at);
      at += array.length;
    }
    Atomics.store(words, FIELDS.state, READY);
    return true;
  }

  /** True: nobody takes it any more. False: a Worker has it. */
  retract(): boolean {
    return Atomics.compareExchange(this.#words, FIELDS.state, READY, EMPTY) === READY;
  }

  /** By a Worker; `undefined` when nothing lies there. */
  take(): MailedRun | undefined {
    const words = this.#words;
    if (Atomics.compareExchange(words, FIELDS.state, READY, TAKEN) !== READY) return undefined;
    const id = words[FIELDS.id] ?? 0;
    const session = { id: words[FIELDS.session] ?? 0, address: this.#address[0] ?? 0 };
    const request: RunRequest = { kind: "run", session, headId: words[FIELDS.head] ?? 0, batch: this.#readBatch() };
    Atomics.store(words, FIELDS.state, EMPTY);
    return { id, request };
  }

  #readBatch(): TokenBatch {
    const words = this.#words;
    const [texts = 0, tokens = 0, parts = 0] = words.subarray(FIELDS.texts);
    let at = BATCH_WORD;
    const read = (count: number): Int32Array => new Int32Array(words.subarray(at, (at += count)));
    const batch: TokenBatch = { ids: read(tokens), lengths: read(texts) };
    if (parts & HAS_TYPE_IDS) batch.typeIds = read(tokens);
    if (parts & HAS_POOL_FROM) batch.poolFrom = read(texts);
    return batch;
  }
}
