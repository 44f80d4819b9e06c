// Tries an engine where its library is and there is something to run it on; the CPU ones come out of the executable first.
import { formatError, TermiteError } from "../../errors.ts";
import type { Hardware } from "../../plugins/detect/hardware.ts";
import type { ProbeOutcome, ProbeRequest } from "../../plugins/probe/probe-report.ts";
import type { SearchResult } from "../../plugins/search/search-result.ts";
import type { AssetName, AssetStore } from "../../runtime/assets.ts";
import type { Target } from "../../target.ts";
import type { AssetFacts } from "../storage/asset.ts";
import type { EngineFacts } from "./engine.ts";

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

/** `undefined` when the walk found no library. */
export async function readEngine(target: Target, looks: EngineLooks): Promise<EngineFacts | undefined> {
  const { found } = await looks.search(target);
  if (found === undefined) return undefined;
  const isBundled = found.origin === "bundled";
  const absent = await findAbsentHardware(target, looks);
  if (absent !== undefined) return { kind: "unavailable", target, isBundled, reason: absent };
  const library = found.libraryPath ?? (await extractLibrary(target, looks));
  if (library instanceof TermiteError) {
    return { kind: "unavailable", target, isBundled, reason: formatError(library), remedy: library.hint ?? "termite setup" };
  }
  const outcome = await looks.probe({ ...DEVICES[target], libraryPath: library });
  return { kind: "probed", target, isBundled, outcome };
}

async function findAbsentHardware(target: Target, { detectHardware }: EngineLooks): Promise<string | undefined> {
  const { device } = DEVICES[target];
  if (device === "cpu") return undefined;
  const { nvidia, tpu } = await detectHardware();
  const { state, found } = device === "cuda" ? nvidia : tpu;
  return state === "absent" ? found : undefined;
}

/** After it was looked at by hash, and mended, so that a damaged library is never tried. */
async function extractLibrary(target: Target, { assets, asset }: EngineLooks): Promise<string | TermiteError> {
  const name = ASSETS[target];
  if (name === undefined) throw new TypeError(`Cannot extract a library for "${target}": found it bundled`);
  try {
    await asset(name);
    return await assets.path(name);
  } catch (error) {
    if (error instanceof TermiteError) return error;
    throw error;
  }
}
