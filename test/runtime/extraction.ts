// Real extracting children for the tests of this folder, and where they are.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { AssetStoreOptions } from "../../src/runtime/asset-store.ts";
import type { AssetInfo } from "../../src/runtime/assets.ts";
import type { ChildDescription } from "./extract-from-file.ts";
import type { PackedAsset } from "./packed-asset.ts";

const CHILD = join(import.meta.dir, "extract-from-file.ts");

/** Everything a store needs to extract `asset` below `folder` with a real child process. */
export async function createExtraction(folder: string, asset: PackedAsset, extra: Partial<ChildDescription> = {}) {
  const packedPath = join(folder, "asset.zst");
  await Bun.write(packedPath, asset.source);
  const descriptionPath = join(folder, `description-${Object.keys(extra).length}.json`);
  await Bun.write(descriptionPath, JSON.stringify({ info: asset.info, packedPath, ...extra }));
  return {
    home: join(folder, "home"),
    command: [process.execPath, CHILD, descriptionPath],
    environment: process.env as Record<string, string>,
    assets: [asset.info] as AssetInfo[],
  } satisfies AssetStoreOptions;
}

/** Resolves to the pid of the child that hangs in the middle of its work ("stopAfterBytes"). */
export async function waitForHang(home: string): Promise<number> {
  while (!(await Bun.file(join(home, "hanging")).exists())) await Bun.sleep(10);
  // The name of what is being written says whose it is: `.tmp-<namespace>-<pid>-<start>-<random>`.
  const [temporary = ""] = await readdir(join(home, "runtime"));
  return Number(temporary.split("-")[2]);
}
