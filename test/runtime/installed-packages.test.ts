// What "bun install" placed: no package ran a script of its own, and the lock names no server.
import { expect, test } from "bun:test";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { hasContent } from "../../scripts/executable/content-cache.ts";
import { readAssetLock, resolvePackage } from "../../scripts/executable/asset-lock.ts";

const ROOT = join(import.meta.dir, "..", "..");

test("package.json trusts no package to run lifecycle scripts", async () => {
  const { trustedDependencies } = await Bun.file(join(ROOT, "package.json")).json();
  expect(trustedDependencies).toEqual([]);
});

test("onnxruntime-node's postinstall left no trace when the packages were installed", async () => {
  // It would download libonnxruntime_providers_{cuda,tensorrt,shared}.so into this folder.
  const folder = join(ROOT, "node_modules", "onnxruntime-node", "bin", "napi-v6", "linux", "x64");
  expect((await readdir(folder)).sort()).toEqual(["libonnxruntime.so.1", "onnxruntime_binding.node"]);
  const { scripts } = await Bun.file(join(ROOT, "node_modules", "onnxruntime-node", "package.json")).json();
  expect(scripts.postinstall).toBe("node ./script/install");
});

test("bun.lock holds no address", async () => {
  const text = await Bun.file(join(ROOT, "bun.lock")).text();
  expect(text).toContain('"onnxruntime-node@1.30.0", "", ');
  expect(text).not.toMatch(/https?:|\/\/[a-z0-9-]+\./i);
});

test("assets.lock.json names exactly the installed files and versions when the package is from npm", async () => {
  const lock = await readAssetLock(join(ROOT, "assets.lock.json"));
  const assets = Object.values(lock.platforms).flatMap((platform) => platform.assets);
  const entries = assets.flatMap((asset) => asset.entries);
  const npm = entries.filter((entry) => resolvePackage(lock, entry.package).source === "npm");
  const platforms = Object.keys(lock.platforms);
  expect(npm.map((entry) => entry.package)).toEqual(platforms.flatMap(() => ["onnxruntime-node", "tokenizers"]));
  for (const entry of npm) {
    const folder = join(ROOT, "node_modules", entry.package);
    expect(await hasContent(join(folder, entry.entry), entry)).toBe(true);
    const { version } = await Bun.file(join(folder, "package.json")).json();
    expect(version).toBe(resolvePackage(lock, entry.package).version);
  }
});
