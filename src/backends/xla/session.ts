// A model as the backend's own thread sees it: checks a batch, splits it over the programs that are ready, joins the results.
import { TermiteError } from "../../errors.ts";
import type { Head, HeadResult } from "../../heads/head.ts";
import { raceAbort } from "../../race-abort.ts";
import type { Tensor, TokenBatch } from "../../tensor.ts";
import type { Session, SessionFacts, SessionStats } from "../backend.ts";
import { checkBatch } from "../check-batch.ts";
import type { WorkerSlot } from "../worker-pool.ts";
import { createGrid } from "./buckets.ts";
import { selectTexts } from "./fill-batch.ts";
import { mergeResults } from "./head-result.ts";
import type { ChunkResult } from "./head-result.ts";
import type { BucketShape, ProgramRef, XlaReply } from "./protocol.ts";
import type { ChunkLine } from "./program-set.ts";
import { SessionPrograms } from "./session-programs.ts";
import type { XlaSessionOptions } from "./session-programs.ts";

export class XlaSession implements Session {
  readonly facts: SessionFacts;
  readonly #options: XlaSessionOptions;
  readonly #grid: readonly BucketShape[];
  readonly #programs: SessionPrograms;
  /** Which Workers have met a program. */
  readonly #met = new Map<number, Set<WorkerSlot>>();
  readonly #inFlight = new Set<Promise<unknown>>();
  #closing: Promise<void> | undefined;

  constructor(options: XlaSessionOptions) {
    this.#options = options;
    const { facts: { inputs, outputs, width, fixedLength }, source: { maxTokens, tensorsOnly, programs = [] }, engine } = options;
    this.#grid = tensorsOnly ? [] : createGrid({ device: engine.platform, maxTokens, fixedLength });
    this.facts = { inputs, outputs: outputs.map(({ name }) => name), padded: true, width, buckets: this.#grid };
    this.#programs = new SessionPrograms({ ...options, grid: this.#grid });
    for (const head of programs) this.#programs.resolveSet(head, false);
  }

  /** Pass the same `head` object each time: its programs are compiled once and kept until the session is closed. */
  async run(batch: TokenBatch, head: Head, signal?: AbortSignal): Promise<HeadResult> {
    this.#checkOpen();
    checkBatch(batch);
    signal?.throwIfAborted();
    this.#checkTexts(batch);
    return await this.#track(this.#runChunks(batch, head, signal));
  }

  async #runChunks(batch: TokenBatch, head: Head, signal: AbortSignal | undefined): Promise<HeadResult> {
    const { quiet } = this.#options.engine;
    quiet.begin();
    try {
      const hasPoolFrom = head.kind === "pool" && (batch.poolFrom?.some((from) => from > 0) ?? false);
      const set = this.#programs.resolveSet(head, hasPoolFrom);
      const line = await raceAbort(set.plan(batch.lengths), signal);
      return mergeResults(await this.#runLine(line, batch, signal));
    } finally {
      quiet.end();
    }
  }

  /** One more at a time than Workers, so that the next is there when one ends; programs that are to be loaded come between. */
  async #runLine(line: ChunkLine, batch: TokenBatch, signal: AbortSignal | undefined): Promise<ChunkResult[]> {
    const parts: ChunkResult[] = [];
    const run = async (): Promise<void> => {
      for (let next = line.next(); next !== undefined; next = line.next()) {
        const { chunk, program } = next;
        parts.push({ chunk, result: await this.#runChunk(selectTexts(batch, chunk.rows), program, signal) });
      }
    };
    try {
      await Promise.all(Array.from({ length: this.#options.engine.runners.size + 1 }, run));
    } finally {
      line.clear();
    }
    return parts;
  }

  async #runChunk(batch: TokenBatch, program: ProgramRef, signal: AbortSignal | undefined): Promise<HeadResult> {
    const { engine: { runners }, id: session } = this.#options;
    const reply = await runners.submit((slot) => {
      return { kind: "run", session, program: program.id, batch, ...(this.#meet(slot, program.id) && { ref: program }) };
    }, signal);
    if (reply.kind !== "result") throw unexpected(reply);
    return reply.result;
  }

  /** True the first time. */
  #meet(slot: WorkerSlot, program: number): boolean {
    const met = this.#met.get(program) ?? new Set();
    this.#met.set(program, met);
    if (met.has(slot)) return false;
    met.add(slot);
    return true;
  }

  async runTensors(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
    this.#checkOpen();
    const { engine: { compilers }, id: session } = this.#options;
    const reply = await this.#track(compilers.submit(() => ({ kind: "run-tensors", session, feeds })));
    if (reply.kind !== "tensors") throw unexpected(reply);
    return reply.tensors;
  }

  stats(): SessionStats {
    // What cannot be compiled is not on its way.
    const buckets = this.#programs.listSets().flatMap((set) => set.buckets).filter(({ state }) => state !== "failed");
    return {
      weightBytes: this.#options.facts.weightBytes,
      programBytes: buckets.reduce((sum, { program }) => sum + (program?.sizeBytes ?? 0), 0),
      ready: buckets.filter(({ state }) => state === "ready").length,
      planned: buckets.length,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#release();
    return this.#closing;
  }

  async #release(): Promise<void> {
    const { engine: { compilers, runners }, id: session } = this.#options;
    await Promise.allSettled(this.#inFlight);
    this.#programs.stop();
    // Runs whose client has gone go on: they use what is released here.
    await runners.idle();
    runners.broadcast({ kind: "forget", session });
    const order = this.#programs.listUsed();
    if (order.length > 0) await compilers.submit(() => ({ kind: "warm-order", session, order }));
    await compilers.submit(() => ({ kind: "release", session }));
  }

  #checkOpen(): void {
    if (this.#closing) throw runFailure("the session is closed");
  }

  /** Before they are sent: XLA clamps an id that has no row and answers with a wrong vector. */
  #checkTexts({ ids, typeIds, lengths }: TokenBatch): void {
    const { facts: { fixedLength, rows }, source: { tensorsOnly } } = this.#options;
    if (tensorsOnly) throw runFailure("it was opened for tensors only");
    checkRows(ids, rows.ids, "token id");
    if (typeIds) checkRows(typeIds, rows.types, "segment id");
    const longest = Math.max(...lengths);
    if (fixedLength === undefined || longest <= fixedLength) return;
    throw new RangeError(`Cannot run batch: found a text of ${longest} tokens, its graph is fixed to ${fixedLength}`);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#inFlight.add(work);
    return work.finally(() => this.#inFlight.delete(work));
  }
}

function checkRows(ids: Int32Array, rows: number | undefined, what: string): void {
  if (rows === undefined) return;
  const bad = ids.find((id) => id >= rows);
  if (bad === undefined) return;
  throw new TermiteError("native", `Cannot run model: found ${what} ${bad}, its table has ${rows} rows`);
}

const runFailure = (found: string): TermiteError => new TermiteError("internal", `Cannot run model: ${found}`);
const unexpected = ({ kind }: XlaReply): TypeError => new TypeError(`Cannot run model: found reply "${kind}"`);
