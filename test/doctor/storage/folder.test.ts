import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Verdict } from "../../../src/doctor/finding.ts";
import { resolveFolder } from "../../../src/doctor/storage/folder.ts";
import type { FolderFacts, FolderNeeds, FolderState } from "../../../src/doctor/storage/folder.ts";
import { readDisk, readFolder } from "../../../src/doctor/storage/read-folder.ts";

const top = mkdtempSync(join(tmpdir(), "termite-doctor-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

const PATH = "/home/ann/.termite";
const NEEDS: FolderNeeds = { owner: { uid: 1000, gid: 1000 }, mustWrite: true, setting: "TERMITE_HOME (or --home)" };
const STATE: FolderState = { uid: 1000, gid: 1000, mode: 0o40755, isFolder: true, isWritable: true };
const ANOTHER = "Set TERMITE_HOME (or --home) to such a folder";
const OURS = "a folder of this user or of root that nobody else may write to";

describe("resolveFolder()", () => {
  const cases: [string, Partial<FolderFacts>, Partial<FolderNeeds>, Verdict][] = [
    ["it is ours", { state: STATE }, {}, { status: "ok", found: `${PATH} (user 1000, 0755)` }],
    ["it is root's and sticky", { state: { ...STATE, uid: 0, mode: 0o41755 } }, {}, { status: "ok", found: `${PATH} (root, 1755)` }],
    ["it is not there yet", { parent: { path: "/home/ann", isWritable: true } }, {}, { status: "ok", found: `${PATH} is not there yet` }],
    [
      "it is not there and cannot be made",
      { parent: { path: "/home", isWritable: false } },
      {},
      {
        status: "fail",
        found: `${PATH} is not there yet, and "/home" cannot be written to`,
        needed: "a folder that this user can write to",
        remedy: ANOTHER,
      },
    ],
    [
      "it is not there, cannot be made, and need not be",
      { parent: { path: "/home", isWritable: false } },
      { mustWrite: false },
      { status: "ok", found: `${PATH} is not there yet` },
    ],
    [
      "it is a file",
      { state: { ...STATE, isFolder: false } },
      {},
      { status: "fail", found: `${PATH} is no folder`, needed: "a folder", remedy: ANOTHER },
    ],
    [
      "it cannot be written to",
      { state: { ...STATE, isWritable: false } },
      {},
      {
        status: "fail",
        found: `${PATH} (user 1000, 0755), and this user cannot write there`,
        needed: "a folder that this user can write to",
        remedy: ANOTHER,
      },
    ],
    [
      "it is read-only and nothing is missing",
      { state: { ...STATE, isWritable: false } },
      { mustWrite: false },
      { status: "ok", found: `${PATH} (user 1000, 0755), read-only` },
    ],
    [
      "others may write there",
      { state: { ...STATE, mode: 0o40777 } },
      {},
      { status: "warn", found: `found "${PATH}" writable by others`, needed: OURS, remedy: `chmod o-w "${PATH}"` },
    ],
    [
      "others may write where plugins are",
      { state: { ...STATE, mode: 0o40777 } },
      { mustBeOurs: true },
      { status: "fail", found: `found "${PATH}" writable by others`, needed: OURS, remedy: `chmod o-w "${PATH}"` },
    ],
    [
      "it is another user's",
      { state: { ...STATE, uid: 1001 } },
      { mustBeOurs: true },
      { status: "fail", found: `found "${PATH}" owned by user 1001, need user 1000 or root`, needed: OURS, remedy: `chown 1000 "${PATH}"` },
    ],
    [
      "its mount forbids code that has to run from there",
      { state: STATE, noexecMount: "/home" },
      { mustExecute: true },
      {
        status: "fail",
        found: `${PATH} is on "/home", which is mounted noexec`,
        needed: "a file system that allows execution",
        remedy: ANOTHER,
      },
    ],
    ["its mount forbids code and none is there", { state: STATE, noexecMount: "/home" }, {}, { status: "ok", found: `${PATH} (user 1000, 0755)` }],
  ];
  test.each(cases)("says what is wrong when %s", (_, facts, needs, verdict) => {
    expect(resolveFolder({ path: PATH, ...facts }, { ...NEEDS, ...needs })).toEqual(verdict);
  });
});

describe("readFolder()", () => {
  test("gives mode and owner when it is there", async () => {
    const path = join(top, "there");
    mkdirSync(path);
    chmodSync(path, 0o750);
    const { state, parent, noexecMount } = await readFolder(path);
    expect(state).toEqual({ uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, mode: 0o40750, isFolder: true, isWritable: true });
    expect({ parent, noexecMount }).toEqual({ parent: undefined, noexecMount: undefined });
  });

  test("gives the nearest folder above when it is not there", async () => {
    expect(await readFolder(join(top, "a/b/c"))).toEqual({
      path: join(top, "a/b/c"),
      state: undefined,
      parent: { path: top, isWritable: true },
      noexecMount: undefined,
    });
  });

  test("says that a file is no folder", async () => {
    writeFileSync(join(top, "file"), "");
    expect((await readFolder(join(top, "file"))).state?.isFolder).toBe(false);
  });
});

test("readDisk() gives the file system of the nearest folder above when the folder is not there", async () => {
  const disk = await readDisk(join(top, "none/below"));
  expect(disk.path).toBe(top);
  expect(disk.freeBytes).toBeGreaterThan(0);
  expect(disk.totalBytes).toBeGreaterThanOrEqual(disk.freeBytes);
});
