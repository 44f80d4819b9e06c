// Whether the models of `preload` are there; they are not loaded for it.
import { formatError, TermiteError } from "../../errors.ts";
import type { Verdict } from "../finding.ts";
import { resolveRemedy } from "../remedy.ts";

export interface PreloadFacts {
  names: readonly string[];
  /** Of those that cannot be resolved; the messages name them. */
  failures: readonly TermiteError[];
}

interface Models {
  resolve: (name: string) => Promise<unknown>;
}

export async function readPreloadedModels({ resolve }: Models, names: readonly string[]): Promise<PreloadFacts> {
  const failures = await Promise.all(names.map((name) => findFailure(name, resolve)));
  return { names, failures: failures.filter((failure) => failure !== undefined) };
}

export function resolvePreloadedModels({ names, failures }: PreloadFacts): Verdict {
  const [first] = failures;
  if (names.length === 0) return { status: "ok", found: "preload names no model" };
  if (first === undefined) return { status: "ok", found: `preload names ${formatNames(names)}, on disk or inside this executable` };
  return {
    status: "fail",
    found: `preload names what cannot be loaded: ${failures.map(formatError).join("; ")}`,
    needed: "only models that are there",
    remedy: resolveRemedy(first, "termite models"),
  };
}

async function findFailure(name: string, resolve: Models["resolve"]): Promise<TermiteError | undefined> {
  try {
    await resolve(name);
    return undefined;
  } catch (failure) {
    if (!(failure instanceof TermiteError)) throw failure;
    return failure;
  }
}

function formatNames(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
