// What a process has in memory, from the kernel's own text.
import { expect, test } from "bun:test";
import { compareTree, parseMaps } from "../../../../bench/device/there/maps.ts";

const SMAPS = `7f0000000000-7f0000001000 r--p 00000000 fe:00 11                         /opt/tree/nvidia/cu13/lib/libcublas.so.13
Size:                  4 kB
Rss:                   4 kB
7f0000001000-7f0000003000 r-xp 00001000 fe:00 11                         /opt/tree/nvidia/cu13/lib/libcublas.so.13
Rss:                   8 kB
7f0000003000-7f0000004000 rw-p 00000000 00:00 0
Rss:                 400 kB
7f0000004000-7f0000005000 r-xp 00000000 fe:00 12                         /usr/lib/libcuda.so.580.65.06
Rss:                  16 kB
7f0000005000-7f0000006000 r-xp 00000000 fe:00 13                         /usr/lib/libc.so.6
Rss:                  32 kB
7f0000006000-7f0000007000 r-xp 00000000 fe:00 14                         /opt/with blank/a.so (deleted)
Rss:                   4 kB
7ffc00000000-7ffc00001000 r-xp 00000000 00:00 0                          [vdso]
Rss:                   4 kB
`;

test("parseMaps() adds up what is resident of each file", () => {
  expect([...parseMaps(SMAPS)]).toEqual([
    ["/opt/tree/nvidia/cu13/lib/libcublas.so.13", 12_288],
    ["/usr/lib/libcuda.so.580.65.06", 16_384],
    ["/usr/lib/libc.so.6", 32_768],
    ["/opt/with blank/a.so", 4096],
  ]);
});

const CUBLAS = { path: "nvidia/cu13/lib/libcublas.so.13", sizeBytes: 100, compressedBytes: 60 };
const CURAND = { path: "nvidia/cu13/lib/libcurand.so.10", sizeBytes: 50, compressedBytes: 30 };

test("compareTree() tells what is used of the tree, and what comes from elsewhere", () => {
  expect(compareTree([CUBLAS, CURAND], "/opt/tree", parseMaps(SMAPS))).toEqual({
    mapped: [{ ...CUBLAS, residentBytes: 12_288 }],
    unmapped: [CURAND],
    elsewhere: ["/usr/lib/libcuda.so.580.65.06"],
    mappedBytes: 100,
    unmappedBytes: 50,
    fetchBytes: 60,
  });
});

test("compareTree() gives no bytes of a download when a lock does not say them", () => {
  expect(compareTree([{ path: CUBLAS.path, sizeBytes: 100 }], "/opt/tree", parseMaps(SMAPS)).fetchBytes).toBeUndefined();
});
