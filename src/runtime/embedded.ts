// Finds the compressed assets inside the executable. They stay in the mapped file until somebody reads them.
import type { AssetName } from "./assets.ts";

/** Name under which `build.ts` embeds an asset. */
export function formatEmbeddedName(name: AssetName): string {
  return `${name}.zst`;
}

/** The zstd frame of an asset; `undefined` where this is not the compiled executable. */
export function findEmbedded(name: AssetName): Blob | undefined {
  const wanted = formatEmbeddedName(name);
  return Bun.embeddedFiles.find((file) => "name" in file && file.name === wanted);
}
