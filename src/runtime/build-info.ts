// What `build.ts` wrote into the executable: version, build id, engines and the table of embedded assets.
// Reading it touches no asset, so `--version` stays cheap.
import type { AssetInfo } from "./assets.ts";

export interface BuildInfo {
  /** Version of termite, from package.json. */
  version: string;
  /** Hash of everything that went in: the same build is the same file. */
  build: string;
  /** Versions of what does the work inside, by name: "onnxruntime", "pjrt-cpu" (where there is one), "tokenizers", "bun". */
  engines: Readonly<Record<string, string>>;
  assets: readonly AssetInfo[];
}

/** Replaced by `build.ts` (`define`); does not exist when termite runs from source. */
declare const TERMITE_BUILD: BuildInfo;

const FROM_SOURCE: BuildInfo = { version: "0.0.0", build: "source", engines: { bun: Bun.version }, assets: [] };

/** True inside the executable that `build.ts` makes. */
export function isCompiled(): boolean {
  return typeof TERMITE_BUILD !== "undefined";
}

export function readBuildInfo(): BuildInfo {
  return isCompiled() ? TERMITE_BUILD : FROM_SOURCE;
}
