// What was read of each wheel, by the wheel's sha256, so that a second run reads none again. Compressed: tens of kilobytes.
import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import type { WheelDetail } from "./wheel-detail.ts";

/** Part of the name: what was written by another form of `WheelDetail` is read anew. */
const FORM = 1;

export interface DetailCache {
  find(sha256: string): Promise<WheelDetail | undefined>;
  write(sha256: string, detail: WheelDetail): Promise<void>;
}

export function openDetailCache(folder: string): DetailCache {
  const resolve = (sha256: string): string => join(folder, `${sha256}-${FORM}.json.zst`);
  return {
    async find(sha256) {
      const file = Bun.file(resolve(sha256));
      if (!(await file.exists())) return undefined;
      // Nobody but this script writes here, and each name is written whole by a rename.
      const detail: WheelDetail = JSON.parse((await Bun.zstdDecompress(await file.bytes())).toString("utf8"));
      return detail;
    },
    async write(sha256, detail) {
      await mkdir(folder, { recursive: true });
      const temporary = `${resolve(sha256)}.${process.pid}.tmp`;
      await Bun.write(temporary, await Bun.zstdCompress(JSON.stringify(detail)));
      await rename(temporary, resolve(sha256));
    },
  };
}
