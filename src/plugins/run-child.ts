// Runs a hidden child of this program to its end: bounded in time and in what is kept of its output. Whatever the child
// does, hang in a driver included, its parent gets an answer.
import { formatError } from "../errors.ts";
import type { ChildOutcome, RunChild, RunChildOptions } from "./child-process.ts";

const STDOUT_BYTES = 1024 * 1024;
const STDERR_BYTES = 8 * 1024;
/**
 * How long a killed child may take to go and a dead one's pipes to close. A process inside a hung driver outlives
 * SIGKILL, and one that the child started may hold its pipes.
 */
const GRACE_MS = 1000;

/**
 * `command` starts this program as a child; arguments are added. Of stdout the last megabyte is kept, because answers
 * come after noise. The child is expected to die with its parent (`setDeathWithParent`) and is killed when its time is
 * over or the signal aborts. One that cannot be started has neither exit code nor signal, and why as `stderrTail`.
 */
export function createRunChild(command: readonly string[]): RunChild {
  return async (args, options) => {
    options.signal?.throwIfAborted();
    const startMs = performance.now();
    const outcome = await runOnce([...command, ...args], options);
    options.signal?.throwIfAborted();
    return { ...outcome, ms: performance.now() - startMs };
  };
}

type Outcome = Omit<ChildOutcome, "ms">;

async function runOnce(command: string[], options: RunChildOptions): Promise<Outcome> {
  try {
    const stdio = { stdin: "ignore", stdout: "pipe", stderr: "pipe" } as const;
    return await waitFor(Bun.spawn(command, { env: { ...options.environment }, ...stdio }), options);
  } catch (error) {
    return { exitCode: null, signal: null, isTimeout: false, stdout: "", stderrTail: formatError(error) };
  }
}

async function waitFor(child: Bun.Subprocess<"ignore", "pipe", "pipe">, options: RunChildOptions): Promise<Outcome> {
  const [stdout, stderr] = [openTail(child.stdout, STDOUT_BYTES), openTail(child.stderr, STDERR_BYTES)];
  const killed = Promise.withResolvers<void>();
  let isTimeout = false;
  const kill = (): void => {
    child.kill("SIGKILL");
    killed.resolve();
  };
  const deadline = setTimeout(() => {
    isTimeout = true;
    kill();
  }, options.timeoutMs);
  options.signal?.addEventListener("abort", kill);
  try {
    await Promise.race([child.exited, killed.promise.then(() => Bun.sleep(GRACE_MS))]);
    // A child that ended in time is not late because others hold its pipes.
    clearTimeout(deadline);
    await Promise.race([Promise.all([stdout.end, stderr.end]), Bun.sleep(GRACE_MS)]);
    const { exitCode, signalCode } = child;
    const signal = signalCode === null ? null : String(signalCode);
    return { exitCode, signal, isTimeout, stdout: stdout.read(), stderrTail: stderr.read() };
  } finally {
    clearTimeout(deadline);
    options.signal?.removeEventListener("abort", kill);
    child.unref();
    await Promise.all([stdout.close(), stderr.close()]);
  }
}

/** What a pipe said last. */
interface Tail {
  /** Resolves when nobody can write to it any more. */
  end: Promise<void>;
  read(): string;
  close(): Promise<void>;
}

function openTail(stream: ReadableStream<Uint8Array>, limitBytes: number): Tail {
  const reader = stream.getReader();
  let kept = Buffer.alloc(0);
  const pump = async (): Promise<void> => {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      kept = Buffer.concat([kept, next.value]);
      if (kept.length > limitBytes) kept = kept.subarray(-limitBytes);
    }
  };
  return { end: pump(), read: () => kept.toString("utf8"), close: () => reader.cancel() };
}
