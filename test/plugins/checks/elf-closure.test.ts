import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findClosureProblems } from "../../../src/plugins/checks/elf-closure.ts";
import type { ClosureRules } from "../../../src/plugins/checks/elf-closure.ts";
import { readElfFile } from "../../../src/plugins/checks/elf-file.ts";
import { LIBRARY_PATH } from "../../fixtures/onnxruntime.ts";
import { makeElf } from "../../fixtures/plugins/make-elf.ts";

const folder = mkdtempSync(join(tmpdir(), "termite-elf-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function write(content: Uint8Array | string): string {
  const path = join(folder, `file-${count++}`);
  writeFileSync(path, content);
  return path;
}

const X64: ClosureRules = { arch: "x64", glibc: "2.36", glibcxx: "3.4.30" };

function findProblems(files: Readonly<Record<string, Uint8Array | string>>, rules: ClosureRules = X64): string[] {
  const tree = Object.entries(files).map(([treePath, content]) => ({ treePath, path: write(content) }));
  return findClosureProblems(tree, rules);
}

const x64 = (content: Parameters<typeof makeElf>[0] = {}): Uint8Array => makeElf({ arch: "x64", ...content });

describe("readElfFile()", () => {
  test("reads machine, SONAME, NEEDED and wanted versions", () => {
    const versions = { "libc.so.6": ["GLIBC_2.17", "GLIBC_2.34"], "libstdc++.so.6": ["GLIBCXX_3.4.22"] };
    const path = write(x64({ soname: "libdemo.so.1", needed: ["libc.so.6", "libstdc++.so.6"], versions }));
    expect(readElfFile(path)).toEqual({
      machine: "x86-64", soname: "libdemo.so.1", needed: ["libc.so.6", "libstdc++.so.6"],
      versions: ["GLIBC_2.17", "GLIBC_2.34", "GLIBCXX_3.4.22"],
    });
  });

  test("reads a real library as readelf does", () => {
    const elf = readElfFile(LIBRARY_PATH);
    expect(elf?.soname).toBe("libonnxruntime.so.1");
    expect(elf?.needed).toContain("libc.so.6");
    expect(elf?.versions).toContain("GLIBCXX_3.4.22");
  });

  test.each([["a text", "licence"], ["an empty file", ""]])("gives undefined when the file is %s", (_, content) => {
    expect(readElfFile(write(content))).toBeUndefined();
  });

  test("reads an object without a dynamic section as one that needs nothing", () => {
    const bytes = x64();
    new DataView(bytes.buffer).setUint16(56, 1, true);
    expect(readElfFile(write(bytes))).toEqual({ machine: "x86-64", needed: [], versions: [] });
  });
});

describe("findClosureProblems()", () => {
  test("finds none when every library is in the tree, by SONAME or file name, or the system's", () => {
    expect(findProblems({
      "nvidia/lib/libcublas.so.13": x64({ soname: "libcublas.so.13", needed: ["libc.so.6"] }),
      "capi/libonnxruntime.so.1.31.1": x64({ soname: "libonnxruntime.so.1" }),
      "capi/libplain.so": x64(),
      "capi/provider.so": x64({ needed: ["libcublas.so.13", "libonnxruntime.so.1", "libplain.so", "libcuda.so.1", "libz.so.1"] }),
      "licenses/demo/LICENSE": "MIT",
    })).toEqual([]);
  });

  test("names what is neither in the tree nor the system's", () => {
    expect(findProblems({ "capi/provider.so": x64({ needed: ["libcurand.so.10"] }) })).toEqual([
      '"provider.so" needs "libcurand.so.10", which neither the plugin nor the system has',
    ]);
  });

  test("names a library for another machine", () => {
    expect(findProblems({ "a.so": makeElf({ arch: "arm64" }) })).toEqual(['found "a.so" for aarch64, need x86-64']);
    expect(findProblems({ "a.so": x64() }, { arch: "arm64" })).toEqual(['found "a.so" for x86-64, need aarch64']);
  });

  test("names the newest version that a library wants and the system has not", () => {
    const versions = { "libc.so.6": ["GLIBC_2.9", "GLIBC_2.38", "GLIBC_PRIVATE"], "libstdc++.so.6": ["GLIBCXX_3.4.31", "CXXABI_1.3.99"] };
    expect(findProblems({ "a.so": x64({ versions }) })).toEqual([
      '"a.so" needs GLIBC_2.38, found 2.36', '"a.so" needs GLIBCXX_3.4.31, found 3.4.30',
    ]);
    expect(findProblems({ "a.so": x64({ versions }) }, { arch: "x64" })).toEqual([]);
  });

  test("says what is broken in a file that begins as ELF", () => {
    const bytes = x64({ needed: ["libc.so.6"] });
    new DataView(bytes.buffer).setBigUint64(64 + 16, 0n, true);
    expect(findProblems({ "a.so": bytes })).toEqual([expect.stringMatching(/^cannot read "a\.so" as ELF: found no segment that holds address \d+$/)]);
    const half = makeElf({ arch: "x64" });
    half[4] = 1;
    expect(findProblems({ "b.so": half })).toEqual(['cannot read "b.so" as ELF: found a 32-bit ELF file, need one of 64 bits']);
  });
});
