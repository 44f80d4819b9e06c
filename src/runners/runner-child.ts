// The parent's view of one child process, from spawn to exit. A dead one stays dead: `supervisor.ts` starts the next.
import type { SessionFacts } from "../backends/backend.ts";
import { findErrorCode, resolveError, TermiteError } from "../errors.ts";
import type { HeadResult } from "../heads/head.ts";
import type { Log } from "../log.ts";
import type { TokenBatch } from "../tensor.ts";
import type { Target } from "../target.ts";
import { parseWireError } from "../wire-error.ts";
import type { Death } from "./crash.ts";
import { createCrash, formatExit } from "./crash.ts";
import { createLoadRequest } from "./load-request.ts";
import { readLines } from "./output-lines.ts";
import { PendingCalls } from "./pending-calls.ts";
import type { Ready, Reply, Request } from "./protocol.ts";
import { parseReply } from "./protocol.ts";
import type { RunnerModel, RunnerStats } from "./runner.ts";

export interface RunnerChildOptions {
  target: Target;
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  libraryPath: string;
  /** Opened by absolute path before it, in this order. */
  preload?: readonly string[];
  cores: number;
  /** Where the engine may keep what it compiled. */
  cacheFolder: string;
  buildId: string;
  log: Log;
}

export interface ChildExit extends Death {
  /** The last lines that it printed. */
  lastLines: readonly string[];
}

const KEPT_LINES = 20;
/** Messages sent before a death still arrive, but `exited` may be known first: how long to wait for the channel's end. */
const LAST_MESSAGES_MS = 200;
/** What a process may take to end after its `fault`. */
const LAST_BREATH_MS = 1000;

export class RunnerChild {
  /** Rejects with the child's own error, or when it ends first. */
  readonly ready: Promise<Ready>;
  /** Resolves after the last message, when every call has been answered or rejected. Never rejects. */
  readonly ended: Promise<ChildExit>;
  /** Messages that ever came: a heartbeat compares. */
  heard = 0;
  readonly #options: RunnerChildOptions;
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #calls = new PendingCalls();
  readonly #ready = Promise.withResolvers<Ready>();
  readonly #disconnected = Promise.withResolvers<void>();
  readonly #shut = Promise.withResolvers<void>();
  readonly #lastLines: string[] = [];
  #isOpen = true;
  #isConnected = true;
  #reason: TermiteError | undefined;

  /** Spawns. Call it on the main thread: the kernel kills the child when the spawning thread ends. Throws when it cannot. */
  constructor(options: RunnerChildOptions) {
    this.#options = options;
    this.#process = this.#trySpawn();
    this.ready = this.#ready.promise;
    this.ready.catch(() => undefined); // Whoever starts a runner also waits for `ended`.
    this.#readOutput();
    this.ended = this.#end();
    const { buildId: build, libraryPath, preload = [], cores, cacheFolder, environment } = options;
    // They change what a compiler makes: a program of other flags must not be taken from the cache.
    const given = { libraryPath, preload: [...preload], cores, cacheFolder, xlaFlags: environment["XLA_FLAGS"] ?? "" };
    this.#send({ type: "hello", build, parentPid: process.pid, ...given });
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** False from the moment it takes no more calls: it is closing, or its channel is gone. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves at the moment `isOpen` becomes false. */
  get shut(): Promise<void> {
    return this.#shut.promise;
  }

  async load(model: RunnerModel): Promise<SessionFacts> {
    const create = (id: number): Request => createLoadRequest(id, model);
    const reply = await this.#call(create, { type: "loaded", isWork: true });
    return reply.facts;
  }

  async unload(key: string): Promise<void> {
    await this.#call((id) => ({ type: "unload", id, key }), { type: "unloaded", isWork: false });
  }

  async run(key: string, head: string, batch: TokenBatch, signal?: AbortSignal): Promise<HeadResult> {
    const create = (id: number): Request => ({ type: "run", id, key, head, batch });
    const reply = await this.#call(create, { type: "result", isWork: true, signal });
    return reply.result;
  }

  async stats(): Promise<RunnerStats> {
    const reply = await this.#call((id) => ({ type: "stats", id }), { type: "stats", isWork: false });
    return reply.stats;
  }

  /** Takes no more calls, waits for those in flight, ends the process; kills it when the deadline passes first. */
  async close(deadlineMs: number): Promise<ChildExit> {
    this.#shutDown();
    const deadline = setTimeout(() => this.kill(), deadlineMs);
    await Promise.race([this.#calls.idle(), this.ended]);
    if (this.#isConnected) this.#process.disconnect();
    const exit = await this.ended;
    clearTimeout(deadline);
    return exit;
  }

  /** SIGKILL, which also ends a stopped process. */
  kill(reason?: TermiteError): void {
    this.#reason ??= reason;
    this.#shutDown();
    this.#process.kill("SIGKILL");
  }

  #trySpawn(): Bun.Subprocess<"ignore", "pipe", "pipe"> {
    try {
      return this.#spawn();
    } catch (error) {
      const found = findErrorCode(error) ?? "an unknown reason";
      throw this.#createStartError(`its program cannot be run: ${found}`, error);
    }
  }

  #spawn(): Bun.Subprocess<"ignore", "pipe", "pipe"> {
    const { command, target, environment } = this.#options;
    return Bun.spawn([...command, target], {
      // A runner keeps nobody's folder busy and reads nothing from one.
      cwd: "/",
      // Bun's own crash reporter would post to the network.
      env: { ...environment, BUN_ENABLE_CRASH_REPORTING: "0" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      serialization: "advanced",
      ipc: (message: unknown) => this.#receive(message),
      onDisconnect: () => {
        this.#isConnected = false;
        this.#shutDown();
        this.#disconnected.resolve();
      },
    });
  }

  async #end(): Promise<ChildExit> {
    await this.#process.exited;
    this.#shutDown();
    await Promise.race([this.#disconnected.promise, Bun.sleep(LAST_MESSAGES_MS)]);
    const { signalCode, exitCode } = this.#process;
    const signal = signalCode === null ? null : String(signalCode);
    const found = `its process ended with ${formatExit({ signal, exitCode })}`;
    this.#ready.reject(this.#reason ?? this.#createStartError(found));
    const how = { signal, exitCode, reason: this.#reason };
    const alone = this.#calls.failAll((isAlone) => createCrash({ ...how, alone: isAlone }));
    return { ...how, alone, lastLines: this.#lastLines };
  }

  #receive(message: unknown): void {
    // What a process says between its sentence and its death does not count: a "ready" would make it a good start.
    if (this.#reason !== undefined) return;
    this.heard++;
    try {
      this.#take(parseReply(message, this.#options.buildId));
    } catch (error) {
      this.kill(resolveError(error));
    }
  }

  #take(reply: Reply): void {
    if (reply.type === "ready") return this.#ready.resolve(reply);
    if (reply.type === "fault") return this.#takeFault(parseWireError(reply.error));
    if (reply.type === "warning") return this.#warn(reply);
    this.#calls.take(reply);
    if (reply.type === "piece") this.#send({ type: "more", id: reply.id });
  }

  #warn({ message, reason }: Extract<Reply, { type: "warning" }>): void {
    const { log, target } = this.#options;
    log.warn(message, { target, pid: this.pid, reason });
  }

  #takeFault(error: TermiteError): void {
    this.#reason ??= error;
    this.#shutDown();
    setTimeout(() => this.kill(), LAST_BREATH_MS).unref();
  }

  #call<T extends Reply["type"]>(
    create: (id: number) => Request,
    { type, isWork, signal }: { type: T; isWork: boolean; signal?: AbortSignal | undefined },
  ): Promise<Extract<Reply, { type: T }>> {
    const cancel = (id: number): void => void this.#send({ type: "cancel", id });
    return this.#calls.add({ type, isWork, signal, send: (id) => this.#send(create(id)), cancel });
  }

  /** False when it was not sent. A channel that has gone is noticed by `#end`, which rejects the calls. */
  #send(request: Request): boolean {
    if (!this.#isConnected) return false;
    try {
      this.#process.send(request);
      return true;
    } catch (error) {
      this.kill(new TermiteError("internal", "Cannot send to the runner: its channel failed", { cause: error }));
      return false;
    }
  }

  #createStartError(found: string, cause?: unknown): TermiteError {
    return new TermiteError("target_unavailable", `Cannot start "${this.#options.target}": ${found}`, { cause });
  }

  #shutDown(): void {
    this.#isOpen = false;
    this.#shut.resolve();
  }

  #readOutput(): void {
    const { log, target } = this.#options;
    for (const stream of ["stdout", "stderr"] as const) {
      const onLine = (line: string): void => {
        log.debug("runner output", { target, pid: this.pid, stream, line });
        this.#lastLines.push(line);
        if (this.#lastLines.length > KEPT_LINES) this.#lastLines.shift();
      };
      readLines(this.#process[stream], onLine).catch((error: unknown) => {
        log.warn("cannot read the runner's output", { target, stream, error: String(error) });
      });
    }
  }
}
