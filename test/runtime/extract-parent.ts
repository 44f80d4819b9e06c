// A process that extracts, for tests that kill it: `bun extract-parent.ts OPTIONS.json`.
import { createAssetStore, type AssetStoreOptions } from "../../src/runtime/asset-store.ts";

if (import.meta.main) {
  const options = (await Bun.file(process.argv[2] ?? "").json()) as AssetStoreOptions;
  await createAssetStore(options).path("libonnxruntime");
}
