import { expect, test } from "bun:test";
import { lstat, lutimes, mkdir, readdir, rm, stat, symlink, utimes } from "node:fs/promises";
import { join } from "node:path";
import { createTemporary, removeStale } from "../../src/runtime/temporary.ts";
import { maintainRuntime, removeUnused, writeUsed } from "../../src/runtime/unused.ts";
import { withFolder } from "./packed-asset.ts";

const DAY_MS = 86_400_000;
const [OLD, RECENT, KEPT] = ["a", "b", "c"].map((letter) => letter.repeat(64)) as [string, string, string];

async function createAsset(runtime: string, sha256: string, usedDaysAgo: number): Promise<string> {
  const folder = join(runtime, sha256);
  await Bun.write(join(folder, "used"), "");
  const seconds = Date.now() / 1000 - usedDaysAgo * 86_400;
  await utimes(join(folder, "used"), seconds, seconds);
  return folder;
}

test("removeUnused() removes only what is not kept and older than 14 days when the folder holds other things too", () =>
  withFolder(async (runtime) => {
    await createAsset(runtime, OLD, 15);
    await createAsset(runtime, RECENT, 13);
    await createAsset(runtime, KEPT, 100);
    await Bun.write(join(runtime, "notes.txt"), "");
    await removeUnused(runtime, new Set([KEPT]));
    expect((await readdir(runtime)).sort()).toEqual([RECENT, KEPT, "notes.txt"]);
  }));

test("writeUsed() writes at most once a day when asked again", () =>
  withFolder(async (runtime) => {
    const folder = await createAsset(runtime, KEPT, 2);
    expect(await writeUsed(folder)).toBe(true);
    expect(Date.now() - (await stat(join(folder, "used"))).mtimeMs).toBeLessThan(DAY_MS / 2);
    expect(await writeUsed(folder)).toBe(false);
  }));

test("maintainRuntime() leaves everything as it is when the runtime folder is gone", () =>
  withFolder(async (runtime) => {
    await maintainRuntime(join(runtime, "none"), KEPT, new Set([KEPT]));
    expect(await readdir(runtime)).toEqual([]);
  }));

for (const [what, place] of [
  ["a folder", (path: string) => mkdir(path)],
  ["a link to itself", (path: string) => symlink(path, path)],
] as const) {
  test(`maintainRuntime() leaves everything as it is when the mark of use is ${what}`, () =>
    withFolder(async (runtime) => {
      const mark = join(await createAsset(runtime, KEPT, 2), "used");
      await rm(mark);
      await place(mark);
      await lutimes(mark, 1000, 1000);
      await maintainRuntime(runtime, KEPT, new Set([KEPT]));
      expect((await lstat(mark)).mtimeMs).toBe(1_000_000);
    }));
}

test("removeStale() removes what dead processes and old machines left and nothing of live ones", () =>
  withFolder(async (runtime) => {
    const own = await createTemporary(runtime);
    const [namespace = "", pid, start] = (own.split(".tmp-")[1] ?? "").split("-");
    const dead = Bun.spawn(["true"], { stdio: ["ignore", "ignore", "ignore"] });
    await dead.exited;
    const names = {
      ended: `.tmp-${namespace}-${dead.pid}-${start}-AAAAAA`,
      sameNumberAgain: `.tmp-${namespace}-${pid}-1-AAAAAA`,
      elsewhere: `.tmp-000000000000-${pid}-1-AAAAAA`,
      elsewhereOld: `.tmp-000000000000-${pid}-1-BBBBBB`,
    };
    for (const name of Object.values(names)) await mkdir(join(runtime, name));
    const twoHoursAgo = Date.now() / 1000 - 7200;
    await utimes(join(runtime, names.elsewhereOld), twoHoursAgo, twoHoursAgo);
    await removeStale(runtime);
    expect((await readdir(runtime)).sort()).toEqual([names.elsewhere, own.slice(runtime.length + 1)].sort());
  }));
