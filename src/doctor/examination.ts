// What the checks look at: the machine's edges, handed in, and looks that several checks share, taken once.
import type { LoadedConfig } from "../config/config.ts";
import type { TermiteError } from "../errors.ts";
import type { ModelStore } from "../models/manifest.ts";
import type { Hardware } from "../plugins/detect/hardware.ts";
import type { Platform } from "../plugins/detect/platform.ts";
import type { System } from "../plugins/detect/system.ts";
import type { ProbeOutcome, ProbeRequest } from "../plugins/probe/probe-report.ts";
import type { SearchResult } from "../plugins/search/search-result.ts";
import type { AssetName, AssetStore } from "../runtime/assets.ts";
import type { Target } from "../target.ts";
import type { EngineFacts } from "./engines/engine.ts";
import { readEngine } from "./engines/read-engine.ts";
import { readHardware } from "./machine/read-hardware.ts";
import type { ModelTrial } from "./settings/try-model.ts";
import { readAsset } from "./storage/asset.ts";
import type { AssetFacts } from "./storage/asset.ts";

/** The edges. Everything that reaches out of this process comes through here or through a file that only reads. */
export interface DoctorDeps {
  loaded: LoadedConfig;
  environment: Readonly<Record<string, string>>;
  system: System;
  assets: AssetStore;
  /** What is inside this build. */
  assetNames: readonly AssetName[];
  /** Finds models, the embedded one among them. */
  store: Pick<ModelStore, "resolve">;
  platform: Platform;
  /** `invalid_config` when `TERMITE_FAKE_NVML` cannot be used. */
  detectHardware: () => Promise<Hardware>;
  /** Whatever `TERMITE_FAKE_NVML` says. */
  detectOwnHardware: () => Promise<Hardware>;
  search: (target: Target) => Promise<SearchResult>;
  probe: (request: ProbeRequest) => Promise<ProbeOutcome>;
  /** Asks the model for a vector in a child process. */
  tryModel: (name: string) => Promise<ModelTrial>;
  signal?: AbortSignal;
}

export interface Examination extends DoctorDeps {
  /** Of the machine itself where what was to stand in for it cannot be used. */
  detectHardware: () => Promise<Hardware>;
  findOverrideFailure: () => Promise<TermiteError | undefined>;
  /** By hash; damaged ones are extracted anew on the way. */
  asset: (name: AssetName) => Promise<AssetFacts>;
  /** `undefined` when the walk found no library. */
  engine: (target: Target) => Promise<EngineFacts | undefined>;
}

/** Each look is taken at most once, when a check first asks for it. */
export function createExamination(deps: DoctorDeps): Examination {
  const asset = remember((name: AssetName) => readAsset(deps.assets, name));
  const hardware = rememberOne(() => readHardware(deps));
  const once = {
    detectHardware: async () => (await hardware()).hardware,
    findOverrideFailure: async () => (await hardware()).failure,
    search: remember(deps.search),
  };
  const engine = remember((target: Target) => readEngine(target, { ...deps, ...once, asset }));
  return { ...deps, ...once, asset, engine };
}

function remember<K, T>(look: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const taken = new Map<K, Promise<T>>();
  return (key) => {
    const known = taken.get(key) ?? look(key);
    taken.set(key, known);
    return known;
  };
}

function rememberOne<T>(look: () => Promise<T>): () => Promise<T> {
  const taken = remember(look);
  return () => taken(undefined);
}
