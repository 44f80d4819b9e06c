// Finds the compressed assets inside the executable. They stay in the mapped file until somebody reads them.
import type { AssetName } from "./assets.ts";

/** Name under which `build.ts` embeds an asset. */
export function formatEmbeddedName(name: AssetName): string {
  return `${name}.zst`;
}

/** The zstd frames of an asset; `undefined` where this is not the compiled executable. */
export function findEmbedded(name: AssetName): Blob | undefined {
  return findFile(formatEmbeddedName(name));
}

/** Every licence text inside, each below its file's name, ours first. "" where this is not the compiled executable. */
export async function readLicences(): Promise<string> {
  const names = Bun.embeddedFiles.flatMap((file) => ("name" in file && typeof file.name === "string" ? [file.name] : []));
  const parts = names.filter((name) => name.endsWith(".txt")).sort().map(async (name) => {
    const text = await findFile(name)?.text();
    return `==== ${name}\n\n${text?.trimEnd()}\n`;
  });
  return (await Promise.all(parts)).join("\n");
}

function findFile(wanted: string): Blob | undefined {
  return Bun.embeddedFiles.find((file) => "name" in file && file.name === wanted);
}
