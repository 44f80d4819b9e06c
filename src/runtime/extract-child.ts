// Both ends of `termite __extract NAME HOME`: the short-lived child that extracts one asset, and its parent's side.
// The child answers with one message over Bun's IPC channel and prints nothing.
import * as v from "valibot";
import { TermiteError } from "../errors.ts";
import { formatWireError, parseWireError, WireErrorSchema } from "../wire-error.ts";
import type { AssetInfo, AssetName } from "./assets.ts";
import { readBuildInfo } from "./build-info.ts";
import { findEmbedded } from "./embedded.ts";
import { extractAsset } from "./extract.ts";
import { resolveRuntimeFolder } from "./layout.ts";
import { removeStale } from "./temporary.ts";

const OutcomeSchema = v.object({ error: v.optional(WireErrorSchema) });
type Outcome = v.InferOutput<typeof OutcomeSchema>;

/** Entry point of the child: `argv` is [NAME, HOME]. Returns the exit code once the parent has the answer. */
export async function runExtract(argv: readonly string[]): Promise<number> {
  const [name, home] = argv;
  return reportOutcome(async () => {
    const info = readBuildInfo().assets.find((asset) => asset.name === name);
    if (info === undefined || home === undefined) throw createMissing(name ?? "");
    await extractAsset({ info, source: resolveEmbedded(info.name), home });
  });
}

/** Runs `work` and tells the parent how it ended; without a parent the error is thrown on. */
export async function reportOutcome(work: () => Promise<void>): Promise<number> {
  const outcome = await work().then(
    (): Outcome => ({}),
    (error: unknown): Outcome => {
      if (process.send === undefined) throw error;
      return { error: formatWireError(error) };
    },
  );
  // The process ends right after this: wait until the message has left.
  await new Promise<void>((resolve) => process.send?.(outcome, undefined, undefined, () => resolve()) ?? resolve());
  return outcome.error === undefined ? 0 : 1;
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
  /** The child's command without its two arguments. */
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
}

/** Starts the child and waits; throws its error as if it had happened here. */
export async function extractInChild({ info, home, command, environment }: ExtractChildOptions): Promise<void> {
  const { promise: answer, resolve } = Promise.withResolvers<unknown>();
  const child = Bun.spawn([...command, info.name, home], {
    env: { ...environment },
    stdio: ["ignore", "ignore", "inherit"],
    ipc: (message) => resolve(message),
    onDisconnect: () => resolve(undefined),
  });
  const outcome = v.safeParse(OutcomeSchema, await answer);
  await child.exited;
  if (!outcome.success) throw await createCrash(info.name, home, child);
  if (outcome.output.error !== undefined) throw parseWireError(outcome.output.error);
}

/** Ctrl-C on a terminal reaches the child as well. Whatever ended it, what it was writing is removed. */
async function createCrash(name: AssetName, home: string, child: EndedChild): Promise<TermiteError> {
  const cause = await removeStale(resolveRuntimeFolder(home)).catch((error: unknown) => error);
  if (child.signalCode === "SIGINT") return new TermiteError("interrupted", `Cannot extract "${name}": interrupted`, { cause });
  const found = child.signalCode ?? `exit code ${child.exitCode}`;
  return new TermiteError("internal", `Cannot extract "${name}": the extracting process ended with ${found}`, { cause });
}

type EndedChild = Pick<Bun.Subprocess, "signalCode" | "exitCode">;
