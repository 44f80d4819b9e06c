// Which libonnxruntime serves "onnx:cpu": the first that the search walk counts and a probe proves, else the bundled one.
import type { Log } from "../log.ts";
import type { RunChild } from "../plugins/child-process.ts";
import { probeEngine } from "../plugins/probe/probe-engine.ts";
import type { SearchResult } from "../plugins/search/search-result.ts";

/** A CPU library answers within a second. Nothing is served until then, and the bundled one serves as well. */
const START_TIMEOUT_MS = 10_000;

export interface OnnxLibraryOptions {
  /** The walk for "onnx:cpu". */
  search: SearchResult;
  /** Extracts the bundled library; called only when it is needed. */
  bundledPath: () => Promise<string>;
  /** Starts `termite __probe`. */
  runChild: RunChild;
  environment: Readonly<Record<string, string>>;
  /** Rejects with its reason when it aborts. */
  signal: AbortSignal;
  log: Log;
}

export interface OnnxLibrary {
  path: string;
  /** False: it is a person's own, which nobody but them repairs. */
  isBundled: boolean;
}

/** A library of a person's own costs one child at start; without one nothing is started. */
export async function resolveOnnxLibrary(options: OnnxLibraryOptions): Promise<OnnxLibrary> {
  const { search, bundledPath, log } = options;
  const libraryPath = search.found?.libraryPath;
  if (libraryPath === undefined) return { path: await bundledPath(), isBundled: true };
  const { runChild, environment, signal } = options;
  const outcome = await probeEngine(
    { engine: "onnx", device: "cpu", libraryPath },
    { runChild, environment, signal, timeoutMs: START_TIMEOUT_MS },
  );
  if (outcome.ok) {
    log.info("serving with a library of your own", { library: libraryPath, version: outcome.report.version });
    return { path: libraryPath, isBundled: false };
  }
  log.warn("serving with the bundled library: yours cannot be used", { library: libraryPath, reason: outcome.reason });
  return { path: await bundledPath(), isBundled: true };
}
