// A folder of wheels as a simple index in JSON: what both servers of this bench answer from.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

export interface ServedWheel {
  path: string;
  file: string;
  sizeBytes: number;
}

export type WheelIndex = ReturnType<typeof readWheelIndex>;

export function readWheelIndex(folder: string) {
  const files = readdirSync(folder).filter((file) => file.endsWith(".whl"));
  const wheels = files.map((file): ServedWheel => ({ path: join(folder, file), file, sizeBytes: statSync(join(folder, file)).size }));
  const pages = Map.groupBy(wheels, ({ file }) => formatProject(file));
  return {
    wheels,
    /** Body of `/simple/<project>/`. */
    findPage(pathname: string): string | undefined {
      const found = pages.get(/^\/simple\/([^/]+)\/?$/.exec(pathname)?.[1] ?? "");
      return found && JSON.stringify({ meta: { "api-version": "1.1" }, name: "", versions: [], files: found.map(createEntry) });
    },
    findWheel: (pathname: string): ServedWheel | undefined =>
      wheels.find(({ file }) => decodeURIComponent(pathname) === `/files/${file}`),
  };
}

export const PAGE_TYPE = "application/vnd.pypi.simple.v1+json";

/** `bytes=5-9`, `bytes=5-`, `bytes=-5` to first byte and one past the last; `undefined` for the whole file. */
export function parseRange(header: string | null | undefined, sizeBytes: number): [number, number] | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined) return undefined;
  if (first === "") return [sizeBytes - Number(last), sizeBytes];
  return [Number(first), last === "" ? sizeBytes : Math.min(sizeBytes, Number(last) + 1)];
}

function createEntry({ file, sizeBytes }: ServedWheel) {
  return { filename: file, url: `/files/${encodeURIComponent(file)}`, hashes: {}, size: sizeBytes, yanked: false };
}

function formatProject(file: string): string {
  return file.slice(0, file.indexOf("-")).replace(/[-_.]+/g, "-").toLowerCase();
}
