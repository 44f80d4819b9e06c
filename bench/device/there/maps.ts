// Which files of an installed tree a process has in memory, and what a set of only those would weigh. Pure.

/** `7f3c…-7f3d… r-xp 00001000 fe:00 1234   /opt/lib/libcudart.so.13`, then lines such as `Rss:   84 kB`. */
const MAPPING = /^[0-9a-f]+-[0-9a-f]+ [r-][w-][x-][ps] [0-9a-f]+ \S+ \d+ +(\/.+?)(?: \(deleted\))?$/;
const RESIDENT = /^Rss: +(\d+) kB$/;

/** Resident bytes of each mapped file, from `/proc/<pid>/smaps`. A library that was opened and never used has few. */
export function parseMaps(smaps: string): Map<string, number> {
  const files = new Map<string, number>();
  let path: string | undefined;
  for (const line of smaps.split("\n")) {
    if (/^[0-9a-f]+-[0-9a-f]+ /.test(line)) path = MAPPING.exec(line)?.[1];
    const resident = RESIDENT.exec(line)?.[1];
    if (path !== undefined) files.set(path, (files.get(path) ?? 0) + Number(resident ?? 0) * 1024);
  }
  return files;
}

export interface TreeFile {
  /** Relative to the tree. */
  path: string;
  sizeBytes: number;
  /** In its wheel: what a download takes. Absent where no lock says it. */
  compressedBytes?: number | undefined;
}

export interface TreeUse {
  mapped: (TreeFile & { residentBytes: number })[];
  /** Never in memory. Tools and data that are read or started are among them: only a trial without them is proof. */
  unmapped: TreeFile[];
  /** NVIDIA's libraries and engines from elsewhere: the driver's, or such as should not be there. */
  elsewhere: string[];
  mappedBytes: number;
  unmappedBytes: number;
  /** Of the mapped ones, where all of it is known. */
  fetchBytes: number | undefined;
}

const ACCELERATOR = /\/lib(?:cuda|cu[a-z]+|nv[A-Za-z-]+|nccl|onnxruntime|pjrt)[^/]*\.so/;

/** `root`: the real path of the tree. */
export function compareTree(files: readonly TreeFile[], root: string, maps: ReadonlyMap<string, number>): TreeUse {
  const mapped = files.flatMap((file) => {
    const residentBytes = maps.get(`${root}/${file.path}`);
    return residentBytes === undefined ? [] : [{ ...file, residentBytes }];
  });
  const unmapped = files.filter(({ path }) => !maps.has(`${root}/${path}`));
  const elsewhere = [...maps.keys()].filter((path) => !path.startsWith(`${root}/`) && ACCELERATOR.test(path)).sort();
  const compressed = mapped.flatMap(({ compressedBytes }) => compressedBytes ?? []);
  return {
    mapped, unmapped, elsewhere,
    mappedBytes: sum(mapped.map(({ sizeBytes }) => sizeBytes)),
    unmappedBytes: sum(unmapped.map(({ sizeBytes }) => sizeBytes)),
    fetchBytes: compressed.length === mapped.length ? sum(compressed) : undefined,
  };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
