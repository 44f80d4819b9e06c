import { describe, expect, test } from "bun:test";
import { parseMaps, readLoadedObjects } from "../../../src/plugins/probe/loaded-objects.ts";

const MAPS = `00200000-02f5c000 r--p 00000000 08:01 1048601                            /srv/termite/termite
02f5c000-06f5d000 r-xp 02d5b000 08:01 1048601                            /srv/termite/termite
7f3c20000000-7f3c20021000 rw-p 00000000 00:00 0 
7f3c2a000000-7f3c2a9b1000 r-xp 00001000 08:01 1835043                    /usr/lib/x86_64-linux-gnu/libm.so.6
7f3c2a9b1000-7f3c2aa00000 r--p 009b2000 08:01 1835043                    /usr/lib/x86_64-linux-gnu/libm.so.6
7f3c2b000000-7f3c2b001000 r--p 00000000 08:01 1835999                    /usr/lib/locale/C.utf8/LC_CTYPE
7f3c2c000000-7f3c2c009000 r-xp 00000000 08:01 1835044                    /srv/my libs/libz.so.1 (deleted)
7f3c2d000000-7f3c2d001000 rwxp 00000000 00:00 0 
7f3c2e000000-7f3c2e001000 r-xs 00000000 00:01 4097                       /memfd:jit (deleted)
7ffd1a5c0000-7ffd1a5e1000 rw-p 00000000 00:00 0                          [stack]
7ffd1a5e3000-7ffd1a5e5000 r-xp 00000000 00:00 0                          [vdso]
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
`;

describe("parseMaps()", () => {
  test("gives each file that is mapped executable once, sorted", () => {
    expect(parseMaps(MAPS)).toEqual([
      "/memfd:jit (deleted)", "/srv/my libs/libz.so.1 (deleted)", "/srv/termite/termite",
      "/usr/lib/x86_64-linux-gnu/libm.so.6",
    ]);
  });

  test("gives nothing when there is nothing", () => {
    expect(parseMaps("")).toEqual([]);
  });
});

describe("readLoadedObjects()", () => {
  test("finds the C library of this process", () => {
    expect(readLoadedObjects().some((path) => /\/libc\.so\.6$|\/libc-[\d.]+\.so$/.test(path))).toBe(true);
  });
});
