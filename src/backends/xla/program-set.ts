// The programs of one head of one model: which shapes are planned, which are ready, and what runs in which of them.
import { resolveError } from "../../errors.ts";
import { planChunks, replanChunks, resolveLongShape } from "./buckets.ts";
import type { Chunk } from "./buckets.ts";
import type { BucketShape, ProgramRef } from "./protocol.ts";

/** How much a shape's program is wanted: in the background, by texts that ran in a larger one, by texts that wait for it. */
export type Urgency = 0 | 1 | 2;

interface Bucket {
  shape: BucketShape;
  state: "planned" | "compiling" | "ready" | "failed";
  /** Batches that it was the best shape for. */
  uses: number;
  waiters: number;
  program?: ProgramRef;
  error?: unknown;
}

export interface CompiledProgram {
  program: ProgramRef;
  fromCache: boolean;
}

export interface ProgramSetOptions {
  grid: readonly BucketShape[];
  warmOrder: readonly BucketShape[];
  compile: (shape: BucketShape) => Promise<CompiledProgram>;
  /** Something is to be compiled that was not before, or is more urgent now. */
  onWanted: () => void;
  /** Nothing runs in this shape any more: its texts take others, or are told why not. */
  onFailed: (shape: BucketShape, error: unknown) => void;
}

/** What is to be compiled next. */
export interface Wanted {
  urgency: Urgency;
  /** True when the program was on disk. Never rejects. */
  compile: () => Promise<boolean>;
}

/** What is left of a batch: planned anew whenever a program has become ready, so that no batch is held to the first one. */
export interface ChunkLine {
  /** The longest texts first; `undefined` after the last. */
  next: () => { chunk: Chunk; program: ProgramRef } | undefined;
  /** Nothing comes any more. */
  clear: () => void;
}

export class ProgramSet {
  readonly #options: ProgramSetOptions;
  /** In the order in which they are compiled in the background. */
  readonly #buckets = new Map<string, Bucket>();
  #ready: readonly BucketShape[] = [];
  #changed = Promise.withResolvers<void>();

  constructor(options: ProgramSetOptions) {
    this.#options = options;
    const known = new Set(options.grid.map(formatShape));
    for (const shape of options.warmOrder) if (known.has(formatShape(shape))) this.#add(shape).uses = 1;
    for (const shape of options.grid) this.#add(shape);
  }

  get buckets(): readonly Readonly<Bucket>[] {
    return [...this.#buckets.values()];
  }

  /** Where the texts run: at once when they fit into what is ready, otherwise when something is that they fit into. */
  async plan(lengths: Int32Array): Promise<ChunkLine> {
    const wishes = this.#wish(lengths);
    for (;;) {
      const chunks = planChunks(lengths, this.#ready);
      if (chunks) {
        if (wishes.some(({ state }) => state === "planned")) this.#options.onWanted();
        return this.#createLine(lengths, chunks);
      }
      await this.#waitFor(wishes);
    }
  }

  #createLine(lengths: Int32Array, first: readonly Chunk[]): ChunkLine {
    let chunks = [...first];
    let planned = this.#ready;
    return {
      next: () => {
        if (planned !== this.#ready) chunks = replanChunks(chunks, lengths, this.#ready) ?? chunks;
        planned = this.#ready;
        const chunk = chunks.shift();
        return chunk && { chunk, program: this.#resolveProgram(chunk.shape) };
      },
      clear: () => { chunks = []; },
    };
  }

  /** The shapes that would be best, each counted once. */
  #wish(lengths: Int32Array): readonly Bucket[] {
    const longest = Math.max(...lengths);
    const isLong = ![...this.#buckets.values()].some(({ shape }) => shape.length >= longest);
    if (isLong) this.#add(resolveLongShape(longest));
    const usable = this.buckets.filter(({ state }) => state !== "failed").map(({ shape }) => shape);
    const chunks = planChunks(lengths, usable) ?? [];
    const best = [...new Set(chunks.map(({ shape }) => formatShape(shape)))].flatMap((key) => this.#buckets.get(key) ?? []);
    for (const bucket of best) bucket.uses++;
    return best;
  }

  /** Rejects when what the texts need cannot be compiled. */
  async #waitFor(wishes: readonly Bucket[]): Promise<void> {
    // The longest first: all texts fit into it.
    const [most] = wishes.toSorted((a, b) => b.shape.length - a.shape.length);
    const failed = this.buckets.find(({ state }) => state === "failed");
    if (most === undefined || most.state === "failed") {
      throw resolveError(most?.error ?? failed?.error);
    }
    most.waiters++;
    this.#options.onWanted();
    try {
      await this.#changed.promise;
    } finally {
      most.waiters--;
    }
  }

  #resolveProgram(shape: BucketShape): ProgramRef {
    const program = this.#buckets.get(formatShape(shape))?.program;
    if (program === undefined) throw new TypeError("Cannot run model: its program is not ready");
    return program;
  }

  /** The most urgent shape that is still to be compiled. */
  findWanted(): Wanted | undefined {
    const planned = this.buckets.filter(({ state }) => state === "planned");
    // In order of use; a stable sort keeps the grid's order among equals.
    const [next] = planned.toSorted((a, b) => b.waiters - a.waiters || b.uses - a.uses);
    if (next === undefined) return undefined;
    const bucket = this.#buckets.get(formatShape(next.shape));
    const urgency = next.waiters > 0 ? 2 : next.uses > 0 ? 1 : 0;
    return bucket && { urgency, compile: () => this.#compile(bucket) };
  }

  async #compile(bucket: Bucket): Promise<boolean> {
    bucket.state = "compiling";
    try {
      const { program, fromCache } = await this.#options.compile(bucket.shape);
      bucket.program = program;
      bucket.state = "ready";
      this.#ready = [...this.#ready, bucket.shape];
      return fromCache;
    } catch (error) {
      bucket.error = error;
      bucket.state = "failed";
      this.#options.onFailed(bucket.shape, error);
      return false;
    } finally {
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  #add(shape: BucketShape): Bucket {
    const key = formatShape(shape);
    const bucket = this.#buckets.get(key) ?? { shape, state: "planned", uses: 0, waiters: 0 };
    this.#buckets.set(key, bucket);
    return bucket;
  }
}

const formatShape = ({ batch, length }: BucketShape): string => `${batch}x${length}`;
