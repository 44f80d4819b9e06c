// The runner's side of the protocol: keeps the sessions of one backend and answers requests. Knows no process and no channel.
import type { Backend, EngineMemory, Session, SessionStats } from "../backends/backend.ts";
import { TermiteError } from "../errors.ts";
import type { Head, HeadResult } from "../heads/head.ts";
import { formatWireError } from "../wire-error.ts";
import type { Hello, Reply, Request } from "./protocol.ts";
import {
  compactResult, countBytes, createOutline, createPieces, PIECE_BYTES, PIECES_UNDER_WAY,
} from "./result-pieces.ts";

type Load = Extract<Request, { type: "load" }>;
type Run = Extract<Request, { type: "run" }>;

/** What figures wait for the engine's own. */
const MEMORY_WAIT_MS = 20;

interface OpenModel {
  name: string;
  session: Session;
  heads: Readonly<Record<string, Head>>;
}

/** A run from its request to its last piece. `more` wakes the sender of pieces. */
interface RunInHand {
  controller: AbortController;
  piecesAllowed: number;
  more: () => void;
}

export class SessionHost {
  readonly #backend: Backend;
  readonly #send: (reply: Reply) => void;
  readonly #models = new Map<string, OpenModel>();
  readonly #runs = new Map<number, RunInHand>();
  #memory: EngineMemory | undefined;
  #readingMemory: Promise<void> | undefined;

  constructor(backend: Backend, send: (reply: Reply) => void) {
    this.#backend = backend;
    this.#send = send;
  }

  /** Answers in its own time; never throws and never waits for native code. */
  handle(request: Exclude<Request, Hello>): void {
    if (request.type === "cancel") return this.#cancel(request.id);
    if (request.type === "more") return this.#allowPiece(request.id);
    this.#answer(request).catch((error: unknown) => {
      this.#send({ type: "error", id: request.id, error: formatWireError(error) });
    });
  }

  async close(): Promise<void> {
    for (const { controller } of this.#runs.values()) controller.abort();
    await Promise.all(Array.from(this.#models.values(), ({ session }) => session.close()));
    await this.#backend.close();
  }

  async #answer(request: Exclude<Request, Hello | { type: "cancel" | "more" }>): Promise<void> {
    if (request.type === "load") return await this.#load(request);
    if (request.type === "run") return await this.#run(request);
    if (request.type === "unload") return await this.#unload(request.id, request.key);
    await this.#tellStats(request.id);
  }

  /** An engine that compiles answers late, and a runner that does not answer counts as dead: then the last figures do. */
  async #tellStats(id: number): Promise<void> {
    this.#readingMemory ??= this.#readMemory().finally(() => (this.#readingMemory = undefined));
    await Promise.race([this.#readingMemory, Bun.sleep(MEMORY_WAIT_MS)]);
    const models: Record<string, SessionStats> = {};
    for (const [key, { session }] of this.#models) {
      const stats = session.stats?.();
      if (stats !== undefined) models[key] = stats;
    }
    const memory = this.#memory && { memory: this.#memory };
    this.#send({ type: "stats", id, stats: { rssBytes: process.memoryUsage.rss(), ...memory, models } });
  }

  async #readMemory(): Promise<void> {
    try {
      this.#memory = await this.#backend.memory?.();
    } catch {
      // An engine that is lost says so itself; these are only figures.
      this.#memory = undefined;
    }
  }

  async #load({ id, model }: Load): Promise<void> {
    const session = await openNamed(this.#backend, model);
    const older = this.#models.get(model.key);
    this.#models.set(model.key, { name: model.name, session, heads: model.heads });
    await older?.session.close();
    const { inputs, outputs, padded, width, buckets } = session.facts;
    const shapes = buckets && { buckets: buckets.map(({ batch, length }) => ({ batch, length })) };
    const facts = { inputs: [...inputs], outputs: [...outputs], padded, width, ...shapes };
    this.#send({ type: "loaded", id, facts });
  }

  async #unload(id: number, key: string): Promise<void> {
    const model = this.#models.get(key);
    this.#models.delete(key);
    await model?.session.close();
    this.#send({ type: "unloaded", id });
  }

  async #run({ id, key, head: headName, batch }: Run): Promise<void> {
    const model = this.#models.get(key);
    if (model === undefined) throw new TermiteError("internal", "Cannot run model: it is not loaded in this runner");
    const head = Object.hasOwn(model.heads, headName) ? model.heads[headName] : undefined;
    if (head === undefined) throw new TermiteError("internal", `Cannot run model: it has no head "${headName}"`);
    const controller = new AbortController();
    this.#runs.set(id, { controller, piecesAllowed: PIECES_UNDER_WAY, more: () => undefined });
    try {
      const result = await model.session.run(batch, head, controller.signal);
      await this.#sendResult(id, result);
    } catch (error) {
      // An engine that compiles may find out late that a graph cannot be loaded.
      throw nameModel(error, model.name);
    } finally {
      this.#runs.delete(id);
    }
  }

  async #sendResult(id: number, result: HeadResult): Promise<void> {
    const outline = createOutline(result);
    if (countBytes(outline) <= PIECE_BYTES) {
      return this.#send({ type: "result", id, result: compactResult(result) });
    }
    this.#send({ type: "outline", id, outline });
    for (const { offset, bytes } of createPieces(result)) {
      await this.#takePiece(id);
      this.#send({ type: "piece", id, offset, bytes });
    }
  }

  /** Resolves when the window has room for another piece. Rejects when the run was cancelled meanwhile. */
  async #takePiece(id: number): Promise<void> {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    while (run.piecesAllowed === 0 && !run.controller.signal.aborted) {
      await new Promise<void>((resolve) => { run.more = resolve; });
    }
    run.controller.signal.throwIfAborted();
    run.piecesAllowed--;
  }

  #allowPiece(id: number): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    run.piecesAllowed++;
    run.more();
  }

  #cancel(id: number): void {
    const run = this.#runs.get(id);
    run?.controller.abort();
    run?.more();
  }
}

const ANONYMOUS = "Cannot load model: ";

/** A backend knows a file, people know a name: its message "Cannot load model: …" gets the name. */
function nameModel(error: unknown, name: string): unknown {
  if (!(error instanceof TermiteError) || !error.message.startsWith(ANONYMOUS)) return error;
  const found = error.message.slice(ANONYMOUS.length);
  const { hint, details } = error;
  return new TermiteError(error.code, `Cannot load model "${name}": ${found}`, { hint, details, cause: error });
}

async function openNamed(backend: Backend, model: Load["model"]): Promise<Session> {
  const { name, graphFile, heads, maxTokens, precision } = model;
  try {
    const all = Object.values(heads);
    // The first is what the model is for; the others are compiled when somebody asks for them.
    const source = { graphFile, heads: all.map(({ kind }) => kind), programs: all.slice(0, 1), maxTokens, precision };
    return await backend.open(source);
  } catch (error) {
    throw nameModel(error, name);
  }
}
