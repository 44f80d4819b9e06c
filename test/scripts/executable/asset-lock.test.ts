import { expect, test } from "bun:test";
import { join } from "node:path";
import {
  readAssetLock, resolveCachedEntry, resolveContentPath, resolvePackage, resolvePlatform,
} from "../../../scripts/executable/asset-lock.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");
const lock = await readAssetLock(join(ROOT, "assets.lock.json"));

test.each([
  ["linux-x64", ["libonnxruntime 1.30.0", "pjrt-cpu 0.11.2", "tokenizers 0.23.2", "default-model 1.0.0"]],
  ["linux-arm64", ["libonnxruntime 1.30.0", "pjrt-cpu 0.0.1", "tokenizers 0.23.2", "default-model 1.0.0"]],
  ["darwin-arm64", ["libonnxruntime 1.30.0", "tokenizers 0.23.2", "default-model 1.0.0"]],
  ["windows-x64", ["libonnxruntime 1.30.0", "tokenizers 0.23.2", "default-model 1.0.0"]],
] as const)("resolvePlatform() gives the assets of %s with those that are shared", (name, expected) => {
  const { assets } = resolvePlatform(lock, name);
  expect(assets.map((asset) => `${asset.name} ${asset.version}`)).toEqual([...expected]);
});

test("assets.lock.json lists each package that is used, and none that is not", () => {
  const platforms = Object.values(lock.platforms);
  const assets = [...platforms.flatMap((platform) => platform.assets), ...lock.shared];
  const others = platforms.flatMap(({ runtime, notices }) => [runtime, ...notices]);
  const used = new Set([...assets.flatMap(({ entries }) => entries), ...others].map((entry) => entry.package));
  expect([...used].sort()).toEqual(lock.packages.map(({ name }) => name).sort());
});

test("assets.lock.json pins the runtimes of the Bun that builds", () => {
  const versions = Object.values(lock.platforms).map(({ runtime }) => resolvePackage(lock, runtime.package).version);
  expect(versions).toEqual(versions.map(() => Bun.version));
});

test("assets.lock.json carries the notices of the PJRT plugin wherever the plugin is", () => {
  for (const { assets, notices } of Object.values(lock.platforms)) {
    const hasPlugin = assets.some(({ name }) => name === "pjrt-cpu");
    expect(notices.map(({ path }) => path)).toEqual(hasPlugin ? ["pjrt-cpu-notices.txt"] : []);
  }
});

test("resolvePackage() refuses when a package is not listed", () => {
  expect(() => resolvePackage(lock, "left-pad")).toThrow(
    'Cannot read assets.lock.json: package "left-pad" is used and not listed',
  );
});

test("resolveContentPath() is in node_modules for installed packages and by hash for others", () => {
  const entry = { package: "a", entry: "b/c.so", path: "c.so", sizeBytes: 1, sha256: "0".repeat(64) };
  const common = { name: "a", version: "1.0.0", licence: "MIT" } as const;
  const folders = { root: "/r", cache: "/c" };
  expect(resolveContentPath({ ...common, source: "npm" }, entry, folders)).toBe("/r/node_modules/a/b/c.so");
  const platform = { ...common, source: "npm-platform", os: "linux", cpu: "x64" } as const;
  expect(resolveContentPath(platform, entry, folders)).toBe(`/c/assets/${"0".repeat(64)}`);
});

test("resolveCachedEntry() gives the file that a linux-x64 asset is", async () => {
  expect(await resolveCachedEntry(ROOT, "pjrt-cpu")).toBe(
    join(ROOT, ".cache/assets/ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2"),
  );
  expect(await resolveCachedEntry(ROOT, "tokenizers")).toBe(
    join(ROOT, "node_modules/tokenizers/tokenizers.linux-x64-gnu.node"),
  );
});
