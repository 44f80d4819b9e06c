// The extracting child for tests that run from source: the asset comes from files instead of the executable.
// `bun extract-from-file.ts DESCRIPTION.json NAME HOME PARENT_PID`; with "stopAfterBytes" it hangs in the middle of its work.
import { join } from "node:path";
import type { AssetInfo } from "../../src/runtime/assets.ts";
import { reportOutcome } from "../../src/runtime/extract-child.ts";
import { extractAsset, type WriteBytes } from "../../src/runtime/extract.ts";

export interface ChildDescription {
  info: AssetInfo;
  packedPath: string;
  /** After this many bytes it creates `<home>/hanging` and waits to be killed. */
  stopAfterBytes?: number;
}

function createHangingWrite(home: string, stopAfterBytes: number): WriteBytes {
  let writtenBytes = 0;
  return async (file, bytes) => {
    await file.write(bytes);
    writtenBytes += bytes.byteLength;
    if (writtenBytes < stopAfterBytes) return;
    await Bun.write(join(home, "hanging"), "");
    await new Promise((resolve) => setTimeout(resolve, 600_000));
  };
}

if (import.meta.main) {
  const [descriptionPath = "", , home = "", parentPid] = process.argv.slice(2);
  const { info, packedPath, stopAfterBytes } = (await Bun.file(descriptionPath).json()) as ChildDescription;
  const write = stopAfterBytes === undefined ? {} : { write: createHangingWrite(home, stopAfterBytes) };
  const extract = () => extractAsset({ info, source: Bun.file(packedPath), home, ...write });
  process.exit(await reportOutcome(Number(parentPid), extract));
}
