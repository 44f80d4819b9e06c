// Both ends of `termite __extract NAME HOME`: the short-lived child that extracts one asset, and its parent's side.
// The child answers with one message over Bun's IPC channel and prints nothing. It ends when its parent does.
import * as v from "valibot";
import { TermiteError } from "../errors.ts";
import { openOwnProcess } from "../ffi/libc.ts";
import { formatWireError, parseWireError, WireErrorSchema } from "../wire-error.ts";
import type { AssetInfo, AssetName } from "./assets.ts";
import { readBuildInfo } from "./build-info.ts";
import { findEmbedded } from "./embedded.ts";
import { extractAsset } from "./extract.ts";
import { resolveRuntimeFolder } from "./layout.ts";
import { removeStale } from "./temporary.ts";

const OutcomeSchema = v.object({ error: v.optional(WireErrorSchema) });
type Outcome = v.InferOutput<typeof OutcomeSchema>;

const FAILED = 1;
/** A message to a parent that is gone is never reported as sent, nor as lost. */
const SEND_TIMEOUT_MS = 1000;

/** Entry of the child; `argv` is [NAME, HOME, PARENT_PID]. Returns the exit code once the parent has the answer. */
export async function runExtract(argv: readonly string[]): Promise<number> {
  const [name, home, parentPid] = argv;
  return reportOutcome(Number(parentPid), async () => {
    const info = readBuildInfo().assets.find((asset) => asset.name === name);
    if (info === undefined || home === undefined) throw createMissing(name ?? "");
    await extractAsset({ info, source: resolveEmbedded(info.name), home });
  });
}

/**
 * Runs `work` and tells the parent how it ended; without a channel to one the error is thrown on. Returns the exit
 * code, at once when the parent has gone: the process is expected to end then, and what was being written is stale.
 */
export async function reportOutcome(parentPid: number, work: () => Promise<void>): Promise<number> {
  if (process.send !== undefined) return Promise.race([watchParent(parentPid), sendOutcome(work)]);
  await work();
  return 0;
}

/** Resolves when the parent has gone. Linux kills this process then, whatever it does; elsewhere the channel tells. */
function watchParent(parentPid: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  process.on("disconnect", () => resolve(FAILED));
  const own = openOwnProcess();
  // The parent may have died before its death was watched.
  if (own.setDeathWithParent() && own.readParentPid() !== parentPid) resolve(FAILED);
  return promise;
}

async function sendOutcome(work: () => Promise<void>): Promise<number> {
  const outcome = await work().then(
    (): Outcome => ({}),
    (error: unknown): Outcome => ({ error: formatWireError(error) }),
  );
  // The process ends right after this: wait until the message has left.
  const sent = Promise.withResolvers<void>();
  process.send?.(outcome, undefined, undefined, () => sent.resolve());
  await Promise.race([sent.promise, Bun.sleep(SEND_TIMEOUT_MS)]);
  return outcome.error === undefined ? 0 : FAILED;
}

/** The embedded bytes of an asset; `asset_missing` where this is not the compiled executable. */
function resolveEmbedded(name: AssetName): Blob {
  const found = findEmbedded(name);
  if (found === undefined) throw createMissing(name);
  return found;
}

export function createMissing(name: string): TermiteError {
  return new TermiteError("asset_missing", `Cannot find asset "${name}": it is not inside this program`, {
    hint: 'Use the executable that "npm start" builds',
  });
}

export interface ExtractChildOptions {
  info: AssetInfo;
  home: string;
  /** The child's command without its arguments. */
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Kills the child when it aborts; then what it was writing is removed and `interrupted` thrown. */
  signal?: AbortSignal;
}

/** Starts the child and waits; throws its error as if it had happened here. */
export async function extractInChild({ info, home, command, environment, signal }: ExtractChildOptions): Promise<void> {
  const { promise: answer, resolve } = Promise.withResolvers<unknown>();
  const child = Bun.spawn([...command, info.name, home, String(process.pid)], {
    env: { ...environment },
    stdio: ["ignore", "ignore", "inherit"],
    killSignal: "SIGKILL",
    ...(signal === undefined ? {} : { signal }),
    ipc: (message) => resolve(message),
    onDisconnect: () => resolve(undefined),
  });
  const outcome = v.safeParse(OutcomeSchema, await answer);
  await child.exited;
  if (!outcome.success) throw await createCrash(info.name, home, { child, isAborted: signal?.aborted === true });
  if (outcome.output.error !== undefined) throw parseWireError(outcome.output.error);
}

interface Crash {
  child: Pick<Bun.Subprocess, "signalCode" | "exitCode">;
  isAborted: boolean;
}

/** Whatever ended the child, what it was writing is removed. */
async function createCrash(name: AssetName, home: string, { child, isAborted }: Crash): Promise<TermiteError> {
  const { signalCode, exitCode } = child;
  const cause = await removeStale(resolveRuntimeFolder(home)).catch((error: unknown) => error);
  // Ctrl-C on a terminal and the end of a service reach the child as well, maybe before its parent.
  if (isAborted || signalCode === "SIGINT" || signalCode === "SIGTERM") {
    return new TermiteError("interrupted", `Cannot extract "${name}": interrupted`, { cause });
  }
  const found = signalCode ?? `exit code ${exitCode}`;
  return new TermiteError("internal", `Cannot extract "${name}": the extracting process ended with ${found}`, { cause });
}
