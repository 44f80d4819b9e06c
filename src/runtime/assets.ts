// The assets inside the executable, by name, and how a caller gets a path on disk for one. Implemented by
// `asset-store.ts`.

export type AssetName = "libonnxruntime" | "pjrt-cpu" | "tokenizers" | "default-model";

export interface AssetInfo {
  name: AssetName;
  /** Version of the upstream package it was taken from. */
  version: string;
  /** sha256 of the content: of the file, or of the tar for a folder. */
  sha256: string;
  /** Bytes when extracted, and inside the executable. */
  sizeBytes: number;
  packedBytes: number;
  /** Name of the file in the runtime folder; absent for a folder of files. */
  fileName?: string;
}

export type AssetState = "absent" | "whole" | "damaged";

export interface AssetStore {
  info(name: AssetName): AssetInfo;
  /** Absolute path of the extracted file or folder; extracts it on first use, in a child process. */
  path(name: AssetName): Promise<string>;
  /** What lies on disk now, by hash; extracts and changes nothing. */
  inspect(name: AssetName): Promise<AssetState>;
  /** Called when loading an asset failed: hashes it, extracts it anew when damaged. True when it was mended. */
  repair(name: AssetName): Promise<boolean>;
}
