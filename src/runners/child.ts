// The hidden `termite __runner TARGET`: a process that owns one target and ends with its parent. Talks over IPC only.
// Its main thread must never be held by native code: the backend sees to that, and heartbeats are answered here.
import type { Backend } from "../backends/backend.ts";
import { TermiteError } from "../errors.ts";
import { openOwnProcess } from "../ffi/libc.ts";
import { openPreloads } from "../ffi/preload.ts";
import type { Target } from "../target.ts";
import { TARGETS } from "../target.ts";
import { formatWireError } from "../wire-error.ts";
import type { Hello, Reply } from "./protocol.ts";
import { parseRequest } from "./protocol.ts";
import { SessionHost } from "./session-host.ts";

export interface BackendOptions {
  target: Target;
  libraryPath: string;
  cores: number;
  /** Where the engine may keep what it compiled. */
  cacheFolder: string;
  /** `XLA_FLAGS` of this process. */
  xlaFlags: string;
  /** Called at once when the engine is lost, before calls in flight are rejected: the process ends without answering them. */
  onFailure: (error: Error) => void;
  /** Something is worse than it should be, and it works all the same: for the log. */
  onWarning: (message: string, reason: string) => void;
}

export interface RunRunnerOptions {
  /** Of this executable, compiled in: the parent refuses another one's. */
  buildId: string;
  /** The engine of a target; replaced in tests. */
  openBackend?: (options: BackendOptions) => Promise<Backend>;
}

/** More than the server has: serving threads yield to its event loop, so that a saturated machine still answers and refuses promptly. */
const NICENESS = 5;
/** What closing sessions may take once the parent has let go; exit returns their memory anyway. */
const CLOSE_DEADLINE_MS = 1000;
const USAGE = 2;

/** Runs until the parent disconnects. `argv` is one target. Resolves to the exit code: 0 told to end, 1 fault, 2 usage. */
export async function runRunner(argv: readonly string[], options: RunRunnerOptions): Promise<number> {
  const own = openOwnProcess();
  const diesWithParent = own.setDeathWithParent();
  const [target, ...excess] = argv;
  if (!isTarget(target) || excess.length > 0 || process.send === undefined) return USAGE;
  own.addNiceness(NICENESS);
  ignoreStopSignals();
  const ended = Promise.withResolvers<number>();
  const conversation = new Conversation({
    target,
    buildId: options.buildId,
    openBackend: options.openBackend ?? openBackend,
    // Its parent died before its death was watched.
    isOrphan: (parentPid) => diesWithParent && own.readParentPid() !== parentPid,
    end: ended.resolve,
  });
  process.on("disconnect", () => void conversation.close().then(() => ended.resolve(0), () => ended.resolve(1)));
  process.on("message", (message: unknown) => conversation.receive(message));
  return await ended.promise;
}

interface ConversationOptions extends Required<RunRunnerOptions> {
  target: Target;
  isOrphan: (parentPid: number) => boolean;
  end: (exitCode: number) => void;
}

/** `hello` opens the backend, everything later goes to its host. */
class Conversation {
  readonly #options: ConversationOptions;
  #host: SessionHost | undefined;
  #hasFailed = false;

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  receive(message: unknown): void {
    try {
      const request = parseRequest(message, this.#options.buildId);
      if (request.type === "hello") void this.#greet(request).catch((error: unknown) => this.#fail(error));
      else if (this.#host !== undefined) this.#host.handle(request);
      else throw new TermiteError("internal", `Cannot understand the server: "${request.type}" before the runner is ready`);
    } catch (error) {
      this.#fail(error);
    }
  }

  async close(): Promise<void> {
    await Promise.race([this.#host?.close(), Bun.sleep(CLOSE_DEADLINE_MS)]);
  }

  async #greet({ parentPid, libraryPath, preload, cores, cacheFolder, xlaFlags }: Hello): Promise<void> {
    const { target, buildId, openBackend: open, isOrphan, end } = this.#options;
    if (isOrphan(parentPid)) return end(0);
    openPreloads(preload);
    const backend = await open({
      target, libraryPath, cores, cacheFolder, xlaFlags,
      onFailure: (error) => this.#fail(error),
      onWarning: (message, reason) => send({ type: "warning", message, reason }),
    });
    this.#host = new SessionHost(backend, send);
    const { library, version, device } = backend.info;
    send({ type: "ready", build: buildId, engine: { library, version, device }, runsAtOnce: backend.runsAtOnce });
  }

  /** The first fault is the last word: the parent takes every call in flight as crashed. */
  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    send({ type: "fault", build: this.#options.buildId, error: formatWireError(error) });
    // The message is written by the event loop: end in a later turn.
    setTimeout(() => this.#options.end(1), 50);
  }
}

async function openBackend({ target, cacheFolder, xlaFlags, ...options }: BackendOptions): Promise<Backend> {
  if (target === "onnx:cpu" || target === "onnx:cuda") {
    const { openOnnxBackend } = await import("../backends/onnx/open-backend.ts");
    return await openOnnxBackend({ ...options, device: target === "onnx:cuda" ? "cuda" : "cpu" });
  }
  const { openXlaBackend } = await import("../backends/xla/open-backend.ts");
  return await openXlaBackend({ ...options, target, cacheFolder, xlaFlags });
}

/** Ctrl-C and systemd signal the whole group: the parent drains first and then disconnects, which ends this process. */
function ignoreStopSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
}

/** A reply to a parent that has gone is nobody's: "disconnect" ends this process. */
function send(reply: Reply): void {
  if (process.connected) process.send?.(reply);
}

function isTarget(word: string | undefined): word is Target {
  return TARGETS.some((target) => target === word);
}
