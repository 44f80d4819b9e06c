// Where the script gets wheels from: an index, of which each wheel is fetched, read and thrown away, or a folder.
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fetchFile } from "../../src/net/fetch-file.ts";
import { createFileSource } from "../../src/plugins/wheel/byte-source.ts";
import type { IndexClient } from "../../src/plugins/index/index-client.ts";
import { formatProjectName } from "../../src/plugins/index/index-file.ts";
import type { IndexFile } from "../../src/plugins/index/index-file.ts";
import type { DetailCache } from "./detail-cache.ts";
import { readPjrtVersion } from "./pjrt-version.ts";
import { hashStream, readWheelDetail } from "./wheel-detail.ts";
import type { WheelDetail } from "./wheel-detail.ts";
import { parseWheelName } from "./wheel-name.ts";

export interface ShelfWheel extends WheelDetail {
  sha256: string;
}

export interface ReadWheelOptions {
  /** Path in the wheel of a PJRT plugin that is to be asked for its version. */
  pjrtLibrary?: string | undefined;
}

export interface Shelf {
  /** False where files have no date that means anything: then age does not count. */
  hasDates: boolean;
  listFiles(project: string): Promise<IndexFile[]>;
  /** From the cache where the wheel was read before. */
  readWheel(file: IndexFile, options?: ReadWheelOptions): Promise<ShelfWheel>;
}

export interface ShelfOptions {
  cache: DetailCache;
  /** For one wheel and one unpacked entry at a time. */
  workFolder: string;
  report: (line: string) => void;
}

export function createIndexShelf(index: IndexClient, options: ShelfOptions): Shelf {
  const pages = new Map<string, Promise<IndexFile[]>>();
  return {
    hasDates: true,
    async listFiles(project) {
      const page = pages.get(project) ?? index.listFiles(project);
      pages.set(project, page);
      return page;
    },
    async readWheel(file, asked = {}) {
      const { sha256, sizeBytes } = file;
      if (sha256 === undefined || sizeBytes === undefined) {
        throw new Error(`Cannot lock "${file.fileName}": the index gives it no sha256 or no size`);
      }
      return readThrough({ sha256, file: file.fileName }, { ...options, ...asked }, async (read) => {
        options.report(`fetching ${file.fileName} (${(sizeBytes / 1e6).toFixed(1)} MB)`);
        await mkdir(options.workFolder, { recursive: true });
        const path = join(options.workFolder, `${sha256}.whl`);
        try {
          await fetchFile(file.url, { ...index.http, path, sizeBytes, sha256 });
          return await read(path);
        } finally {
          await rm(path, { force: true });
        }
      });
    },
  };
}

/** Wheels by their file names; their date is when they were put there. */
export function createFolderShelf(folder: string, options: ShelfOptions): Shelf {
  return {
    hasDates: false,
    async listFiles(project) {
      const names = (await readdir(folder)).filter((name) => isOf(project, name));
      return Promise.all(names.sort().map((name) => describeFile(folder, name)));
    },
    async readWheel({ fileName }, asked = {}) {
      const path = join(folder, fileName);
      const source = await createFileSource(path, fileName);
      const sha256 = await hashStream(source.stream(0, source.sizeBytes));
      return readThrough({ sha256, file: fileName }, { ...options, ...asked }, (read) => read(path));
    },
  };
}

function isOf(project: string, fileName: string): boolean {
  const name = parseWheelName(fileName);
  return name !== undefined && formatProjectName(name.project) === formatProjectName(project);
}

async function describeFile(folder: string, fileName: string): Promise<IndexFile> {
  const path = join(folder, fileName);
  const { size, mtime } = await stat(path);
  return {
    fileName,
    url: Bun.pathToFileURL(path),
    sha256: undefined,
    sizeBytes: size,
    yanked: false,
    requiresPython: undefined,
    uploaded: mtime.toISOString(),
  };
}

type ReadPath = (path: string) => Promise<WheelDetail>;

/** `withWheel` puts the wheel at a path for as long as it is read; not asked where the cache knows enough. */
async function readThrough(
  wheel: { sha256: string; file: string },
  options: ShelfOptions & ReadWheelOptions,
  withWheel: (read: ReadPath) => Promise<WheelDetail>,
): Promise<ShelfWheel> {
  const { cache, workFolder, pjrtLibrary, report } = options;
  const held = await cache.find(wheel.sha256);
  const isEnough = held !== undefined && (pjrtLibrary === undefined || held.pjrt !== undefined);
  if (isEnough) return { ...held, sha256: wheel.sha256 };
  const detail = await withWheel(async (path) => {
    report(`reading ${wheel.file}`);
    const found = held ?? (await readWheelDetail(path, wheel.file, workFolder));
    if (pjrtLibrary === undefined) return found;
    return { ...found, pjrt: await readPjrtVersion(path, pjrtLibrary, workFolder) };
  });
  await cache.write(wheel.sha256, detail);
  return { ...detail, sha256: wheel.sha256 };
}
