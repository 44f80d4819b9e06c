import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTar } from "nanotar";
import type { LockedEntry, LockedPlatformPackage } from "../../../scripts/executable/asset-lock.ts";
import { fetchEntries } from "../../../scripts/executable/entries.ts";

const PROGRAM = "#!/bin/sh\n# a program of another machine\n";
const LOCKED: LockedPlatformPackage = {
  source: "npm-platform", name: "@sample/program-arm64", version: "1.2.3", licence: "MIT", os: "linux", cpu: "arm64",
};
const LOCK = { packages: [LOCKED], platforms: {}, shared: [] } as unknown as Parameters<typeof fetchEntries>[0];

const root = mkdtempSync(join(tmpdir(), "termite-platform-"));
const asked: string[] = [];
let registry: Bun.Server<undefined>;

beforeAll(async () => {
  const manifest = { name: LOCKED.name, version: LOCKED.version, os: [LOCKED.os], cpu: [LOCKED.cpu] };
  const tarball = Bun.gzipSync(createTar([
    { name: "package/package.json", data: JSON.stringify(manifest) },
    { name: "package/bin/program", data: PROGRAM },
  ]).slice());
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  registry = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch(request) {
      const { pathname } = new URL(request.url);
      asked.push(pathname);
      if (pathname.endsWith(".tgz")) return new Response(tarball);
      const version = { ...manifest, dist: { tarball: `${registry.url.href}program.tgz`, integrity } };
      return Response.json({ name: LOCKED.name, "dist-tags": { latest: LOCKED.version }, versions: { [LOCKED.version]: version } });
    },
  });
  // The repository's own settings say where to install from; the cache of whoever runs this test stays out of it.
  await Bun.write(join(root, ".npmrc"), `registry=${registry.url.href}\n`);
  await Bun.write(join(root, "bunfig.toml"), `[install.cache]\ndir = ${JSON.stringify(join(root, "bun-cache"))}\n`);
});
afterAll(async () => {
  await registry.stop(true);
  rmSync(root, { recursive: true, force: true });
});

function createEntry(sha256: string): LockedEntry {
  return { package: LOCKED.name, entry: "bin/program", path: "program", sizeBytes: PROGRAM.length, sha256 };
}

test("fetchEntries() gets a package of another platform from this repository's registry, once", async () => {
  const sha256 = createHash("sha256").update(PROGRAM).digest("hex");
  const cache = join(root, "cache");
  const paths = await fetchEntries(LOCK, [createEntry(sha256)], { root, cache });
  expect([...paths]).toEqual([[sha256, join(cache, "assets", sha256)]]);
  expect(await Bun.file(join(cache, "assets", sha256)).text()).toBe(PROGRAM);
  expect(asked.some((path) => path.endsWith(".tgz"))).toBe(true);
  asked.length = 0;
  await fetchEntries(LOCK, [createEntry(sha256)], { root, cache });
  expect(asked).toEqual([]);
  expect(readdirSync(cache)).toEqual(["assets"]);
});

test("fetchEntries() keeps nothing when the package is not what the lock says", async () => {
  const cache = join(root, "cache-of-another");
  const sha256 = "0".repeat(64);
  const path = join(cache, "assets", sha256);
  await expect(fetchEntries(LOCK, [createEntry(sha256)], { root, cache })).rejects.toThrow(
    `Cannot keep "${path}": its content does not match assets.lock.json`,
  );
  expect(existsSync(path)).toBe(false);
});

test("fetchEntries() says what to do when an installed package lacks the file", async () => {
  const npm = { packages: [{ source: "npm", name: "a", version: "1.0.0", licence: "MIT" }] } as unknown as typeof LOCK;
  const entry = { package: "a", entry: "b.node", path: "b.node", sizeBytes: 1, sha256: "0".repeat(64) };
  await expect(fetchEntries(npm, [entry], { root, cache: root })).rejects.toThrow(
    `Cannot use "${root}/node_modules/a/b.node": absent or not the file of assets.lock.json (remove node_modules)`,
  );
});
