// Tries an engine where its library is and there is something to run it on; the CPU ones come out of the executable first.
import { dirname } from "node:path";
import { formatError, TermiteError } from "../../errors.ts";
import type { Hardware } from "../../plugins/detect/hardware.ts";
import type { ProbeOutcome, ProbeRequest } from "../../plugins/probe/probe-report.ts";
import { findRealPath } from "../../plugins/search/check-library.ts";
import type { SearchResult } from "../../plugins/search/search-result.ts";
import type { AssetName, AssetStore } from "../../runtime/assets.ts";
import type { Target } from "../../target.ts";
import { resolveRemedy } from "../remedy.ts";
import { formatDamage } from "../storage/asset.ts";
import type { AssetFacts } from "../storage/asset.ts";
import type { EngineFacts, ProbedFacts } from "./engine.ts";
import { findForeign } from "./foreign-objects.ts";

/** The asset that is the library of a bundled target. */
const ASSETS: Readonly<Partial<Record<Target, AssetName>>> = { "onnx:cpu": "libonnxruntime", "xla:cpu": "pjrt-cpu" };

type ProbedDevice = Pick<ProbeRequest, "engine" | "device">;
const DEVICES: Readonly<Record<Target, ProbedDevice>> = {
  "onnx:cuda": { engine: "onnx", device: "cuda" },
  "xla:cuda": { engine: "xla", device: "cuda" },
  "xla:tpu": { engine: "xla", device: "tpu" },
  "onnx:cpu": { engine: "onnx", device: "cpu" },
  "xla:cpu": { engine: "xla", device: "cpu" },
};

export interface EngineLooks {
  search: (target: Target) => Promise<SearchResult>;
  detectHardware: () => Promise<Hardware>;
  assets: AssetStore;
  asset: (name: AssetName) => Promise<AssetFacts>;
  probe: (request: ProbeRequest) => Promise<ProbeOutcome>;
}

/** Where `serve` takes the library inside when a person's own fails its probe: `cli/onnx-library.ts`. */
const FALLS_BACK: readonly Target[] = ["onnx:cpu"];

/** `undefined` when the walk found no library. */
export async function readEngine(target: Target, looks: EngineLooks): Promise<EngineFacts | undefined> {
  const { found } = await looks.search(target);
  if (found === undefined) return undefined;
  const absent = await findAbsentHardware(target, looks);
  if (absent !== undefined) return { kind: "unavailable", target, isBundled: found.origin === "bundled", reason: absent };
  if (found.libraryPath === undefined) return await readBundled(target, looks);
  const facts = { ...(await probeLibrary(target, { ...found, libraryPath: found.libraryPath }, looks)), isBundled: false };
  if (facts.outcome.ok || !FALLS_BACK.includes(target)) return facts;
  return { ...(await readBundled(target, looks)), own: facts.outcome };
}

async function readBundled(target: Target, looks: EngineLooks): Promise<EngineFacts> {
  const library = await extractLibrary(target, looks);
  if ("reason" in library) return { kind: "unavailable", target, isBundled: true, ...library };
  return { ...(await probeLibrary(target, library, looks)), isBundled: true };
}

interface TriedLibrary {
  libraryPath: string;
  /** The plugin's tree, or the folder that a person named. */
  path?: string;
}

/** Why a library cannot be had. */
interface Lack {
  reason: string;
  remedy: string;
}

async function probeLibrary(
  target: Target,
  { libraryPath, path }: TriedLibrary,
  { probe }: EngineLooks,
): Promise<Omit<ProbedFacts, "isBundled">> {
  const outcome = await probe({ ...DEVICES[target], libraryPath });
  const tree = path === undefined ? undefined : findRealPath(path);
  const own = [dirname(libraryPath), ...(tree === undefined ? [] : [tree])];
  return { kind: "probed", target, outcome, foreign: findForeign(outcome.report?.mapped ?? [], own) };
}

async function findAbsentHardware(target: Target, { detectHardware }: EngineLooks): Promise<string | undefined> {
  const { device } = DEVICES[target];
  if (device === "cpu") return undefined;
  const { nvidia, tpu } = await detectHardware();
  const { state, found } = device === "cuda" ? nvidia : tpu;
  return state === "absent" ? found : undefined;
}

/** After it was looked at by hash, and mended where that can be done, so that a damaged library is never tried. */
async function extractLibrary(target: Target, { assets, asset }: EngineLooks): Promise<TriedLibrary | Lack> {
  const name = ASSETS[target];
  if (name === undefined) throw new TypeError(`Cannot extract a library for "${target}": found it bundled`);
  try {
    const { failure } = await asset(name);
    if (failure !== undefined) return { reason: formatDamage(name, failure), remedy: resolveRemedy(failure) };
    return { libraryPath: await assets.path(name) };
  } catch (error) {
    if (error instanceof TermiteError) return { reason: formatError(error), remedy: resolveRemedy(error) };
    throw error;
  }
}
