// The programs of one session: a set for each head, compiled or loaded by the Workers.
import { formatError, NativeError } from "../../errors.ts";
import type { Head } from "../../heads/head.ts";
import type { ModelSource } from "../backend.ts";
import type { CompileLine } from "./compile-line.ts";
import { ProgramSet } from "./program-set.ts";
import type { CompiledProgram } from "./program-set.ts";
import type { Quiet } from "./quiet.ts";
import type { BucketShape, ModelFacts, ProgramRef, XlaPool, XlaReply } from "./protocol.ts";

const UNKEPT = "compiled programs are not kept on disk: each start compiles them again";

/** What all sessions of a backend share. */
export interface SessionEngine {
  compilers: XlaPool;
  runners: XlaPool;
  line: CompileLine;
  /** "cpu", "cuda", "tpu" */
  platform: string;
  /** Is told of the begin and the end of every run. */
  quiet: Quiet;
  /** Something is worse than it should be, and it works all the same: for the log. */
  onWarning: (message: string, reason: string) => void;
}

export interface XlaSessionOptions {
  engine: SessionEngine;
  id: number;
  facts: ModelFacts;
  source: ModelSource;
}

interface HeadPrograms {
  headId: number;
  /** Whether the Worker that compiles has it. */
  isSent: boolean;
  /** By whether texts have prompts that pooling leaves out. */
  sets: Map<boolean, ProgramSet>;
}

export class SessionPrograms {
  readonly #options: XlaSessionOptions & { grid: readonly BucketShape[] };
  readonly #heads = new Map<Head, HeadPrograms>();
  #isStopped = false;

  constructor(options: XlaSessionOptions & { grid: readonly BucketShape[] }) {
    this.#options = options;
  }

  listSets(): ProgramSet[] {
    return Array.from(this.#heads.values()).flatMap(({ sets }) => [...sets.values()]);
  }

  /** Nothing more is compiled, but what is being compiled just now. */
  stop(): void {
    this.#isStopped = true;
    for (const set of this.listSets()) this.#options.engine.line.delete(set);
  }

  /** The shapes that texts came in, the most used first. */
  listUsed(): BucketShape[] {
    const used = this.listSets().flatMap((set) => set.buckets).filter(({ uses }) => uses > 0);
    const unique = new Map(used.toSorted((a, b) => a.uses - b.uses).map(({ shape }) => [`${shape.batch}x${shape.length}`, shape]));
    return [...unique.values()].toReversed();
  }

  /** The same set for the same `head` object; its programs are compiled from the first call on. */
  resolveSet(head: Head, hasPoolFrom: boolean): ProgramSet {
    const known = this.#heads.get(head) ?? { headId: this.#heads.size, isSent: false, sets: new Map<boolean, ProgramSet>() };
    this.#heads.set(head, known);
    const { engine: { line }, facts: { warmOrder }, grid } = this.#options;
    const set = known.sets.get(hasPoolFrom) ?? new ProgramSet({
      grid, warmOrder,
      compile: (shape) => this.#compile(head, known, { shape, hasPoolFrom }),
      onWanted: () => line.advance(),
      onFailed: (failed, error) => this.#warn(failed, error),
    });
    if (known.sets.has(hasPoolFrom)) return set;
    known.sets.set(hasPoolFrom, set);
    line.add(set);
    return set;
  }

  #warn({ batch, length }: BucketShape, error: unknown): void {
    if (this.#isStopped) return;
    this.#options.engine.onWarning(`the program for batches of ${batch} x ${length} tokens cannot be compiled`, formatError(error));
  }

  async #compile(
    head: Head, known: HeadPrograms, { shape, hasPoolFrom }: { shape: BucketShape; hasPoolFrom: boolean },
  ): Promise<CompiledProgram> {
    const { engine, id: session } = this.#options;
    const compile = (isFresh: boolean): Promise<XlaReply> => engine.compilers.submit(() => {
      const isNew = !known.isSent;
      known.isSent = true;
      return { kind: "compile", session, shape, headId: known.headId, hasPoolFrom, isFresh, ...(isNew && { head }) };
    });
    const found = await compile(false);
    // What a Worker loaded from here on it would keep: it was told to forget the session.
    if (this.#isStopped) throw new TypeError("Cannot compile a program: the session is closed");
    const stored = found.kind === "stored" ? await this.#load(found) : undefined;
    if (stored) return { program: stored, fromCache: true };
    const compiled = found.kind === "stored" ? await compile(true) : found;
    if (compiled.kind !== "compiled") throw unexpected(compiled);
    if (compiled.unkept !== undefined) engine.onWarning(UNKEPT, compiled.unkept);
    return { program: compiled.program, fromCache: false };
  }

  /** `undefined` when the plugin refuses what is on disk: the program is compiled, and the entry replaced. */
  async #load({ program, serialized }: Extract<XlaReply, { kind: "stored" }>): Promise<ProgramRef | undefined> {
    const { engine, id: session } = this.#options;
    try {
      const reply = await engine.runners.submit(() => ({ kind: "load", session, program, serialized }));
      return reply.kind === "compiled" ? reply.program : undefined;
    } catch (error) {
      if (error instanceof NativeError) return undefined;
      throw error;
    }
  }
}

const unexpected = ({ kind }: XlaReply): TypeError => new TypeError(`Cannot compile a program: found reply "${kind}"`);
