// The floors that doctor checks are those of the libraries that go into the executable.
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readAssetLock, resolveContentPath, resolvePackage } from "../../../scripts/executable/asset-lock.ts";
import { resolveGlibc } from "../../../src/doctor/machine/glibc.ts";
import { resolveLibstdcxx } from "../../../src/doctor/machine/libstdcxx.ts";
import { isAtLeast } from "../../../src/version-order.ts";
import { readNeededVersions } from "./needed-versions.ts";

const root = join(import.meta.dir, "../../..");
const lock = await readAssetLock(join(root, "assets.lock.json"));

/** The embedded libraries that are there: a wheel's are not until their platform is built for. */
function listLibraries(platform: "linux-x64" | "linux-arm64"): { names: string[]; paths: string[] } {
  const folders = { root, cache: join(root, ".cache") };
  const found = lock.platforms[platform].assets.filter(({ fileName }) => fileName !== undefined).flatMap(({ name, entries }) => {
    const paths = entries.map((entry) => resolveContentPath(resolvePackage(lock, entry.package), entry, folders));
    return paths.filter((path) => existsSync(path)).map((path) => ({ name, path }));
  });
  return { names: found.map(({ name }) => name), paths: found.map(({ path }) => path) };
}

/** "2.30" of "GLIBC_2.30". */
function findNewest(paths: readonly string[], prefix: string): string {
  const names = paths.flatMap(readNeededVersions).filter((version) => version.startsWith(`${prefix}_`));
  const versions = names.map((name) => name.slice(prefix.length + 1));
  return versions.reduce((newest, version) => (isAtLeast(newest, version) ? newest : version));
}

describe.each(["x64", "arm64"] as const)("on linux-%s", (arch) => {
  const { names, paths } = listLibraries(`linux-${arch}`);

  test("the libraries of npm packages, the tokenizers' addon among them, are looked at", () => {
    expect(names).toEqual(expect.arrayContaining(["libonnxruntime", "tokenizers"]));
  });

  test("resolveGlibc() needs the newest version that an embedded library asks for", () => {
    const needed = `glibc ${findNewest(paths, "GLIBC")} or newer`;
    expect(resolveGlibc({ platform: { os: "linux", arch }, version: "2.2.5", isReplaced: false }).needed).toBe(needed);
  });

  test("resolveLibstdcxx() needs the newest version that an embedded library asks for", () => {
    const needed = `libstdc++.so.6 with GLIBCXX_${findNewest(paths, "GLIBCXX")}`;
    expect(resolveLibstdcxx({ os: "linux", isReplaced: false }).needed).toBe(needed);
  });
});
