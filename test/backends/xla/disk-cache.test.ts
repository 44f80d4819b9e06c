// The cache of compiled programs: damage, size, other processes, disks that refuse.
import { afterEach, beforeEach, expect, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCacheKey, openDiskCache } from "../../../src/backends/xla/disk-cache.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "termite-cache-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const bytes = (size: number, seed = 1): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed) % 256);
const open = (maxBytes = 1e9): ReturnType<typeof openDiskCache> => openDiskCache({ folder: join(folder, "xla"), maxBytes });

test("find() gives what write() was given, also to another process", () => {
  open().write("a", bytes(1000));
  expect([...(open().find("a") ?? [])]).toEqual([...bytes(1000)]);
  expect(open().find("b")).toBeUndefined();
  expect(readdirSync(join(folder, "xla"))).toEqual(["a.xla"]);
  expect(statSync(join(folder, "xla")).mode & 0o777).toBe(0o700);
});

for (const [name, damage] of [
  ["one byte is changed", (entry: Buffer) => entry.fill(0, entry.length - 1)],
  ["it is cut", (entry: Buffer) => entry.subarray(0, entry.length - 5)],
  ["it is empty", () => Buffer.alloc(0)],
  ["it is of another version", (entry: Buffer) => entry.fill("TXLA1", 0, 5)],
] as const) {
  test(`find() removes an entry when ${name}`, () => {
    const cache = open();
    cache.write("a", bytes(1000));
    const path = join(folder, "xla", "a.xla");
    writeFileSync(path, damage(readFileSync(path)));
    expect(cache.find("a")).toBeUndefined();
    expect(readdirSync(join(folder, "xla"))).toEqual([]);
    cache.write("a", bytes(10));
    expect(cache.find("a")?.length).toBe(10);
  });
}

for (const [name, create] of [
  ["a folder", (path: string) => mkdirSync(join(path, "inner"), { recursive: true })],
  ["a link", (path: string) => symlinkSync("/dev/zero", path)],
  ["a pipe", (path: string) => Bun.spawnSync(["mkfifo", path])],
] as const) {
  test(`find() removes ${name} in the place of an entry`, () => {
    const cache = open();
    cache.write("a", bytes(10));
    const path = join(folder, "xla", "b.xla");
    create(path);
    expect(cache.find("b")).toBeUndefined();
    cache.write("b", bytes(20));
    expect(cache.find("b")?.length).toBe(20);
  });
}

test("find() removes an entry that lies under another one's name", () => {
  const cache = open();
  cache.write("a", bytes(1000));
  renameSync(join(folder, "xla", "a.xla"), join(folder, "xla", "b.xla"));
  expect(cache.find("b")).toBeUndefined();
  expect(readdirSync(join(folder, "xla"))).toEqual([]);
});

const isRoot = process.getuid?.() === 0;
const strangers: readonly (readonly [string, (path: string) => void, (path: string) => string])[] = [
  ["writable by others", (path) => chmodSync(path, 0o777), (path) => `found "${path}" writable by others`],
  ...(isRoot ? [[
    "another user's", (path: string) => chownSync(path, 12_345, 12_345), (path: string) => `found "${path}" owned by user 12345, need 0`,
  ] as const] : []),
];
for (const [name, change, words] of strangers) {
  test(`find() takes no machine code from a folder that is ${name}, and write() tells why`, () => {
    open().write("a", bytes(1000));
    const path = join(folder, "xla");
    change(path);
    const failures: string[] = [];
    const cache = openDiskCache({ folder: path, maxBytes: 1e9, onFailure: (found) => failures.push(found) });
    expect(cache.find("a")).toBeUndefined();
    cache.write("b", bytes(10));
    expect(failures).toEqual([words(path)]);
    expect(readdirSync(path)).toEqual(["a.xla"]);
  });
}

test("write() removes what was not used for the longest time when the cache is too large", () => {
  const cache = open(3500);
  const setUsed = (key: string, secondsAgo: number): void => {
    const at = new Date(Date.now() - secondsAgo * 1000);
    utimesSync(join(folder, "xla", `${key}.xla`), at, at);
  };
  for (const [key, age] of [["a", 300], ["b", 200], ["c", 100]] as const) {
    cache.write(key, bytes(1000));
    setUsed(key, age);
  }
  // A use counts.
  cache.find("a");
  cache.write("d", bytes(1000));
  expect(readdirSync(join(folder, "xla")).sort()).toEqual(["a.xla", "c.xla", "d.xla"]);
});

test("write() removes what a killed process left behind, and nothing that another one is writing", () => {
  const cache = open();
  cache.write("a", bytes(10));
  for (const name of ["old", "new"]) writeFileSync(join(folder, "xla", `.${name}.part`), "x");
  const longAgo = new Date(Date.now() - 2 * 3_600_000);
  utimesSync(join(folder, "xla", ".old.part"), longAgo, longAgo);
  cache.write("b", bytes(10));
  expect(readdirSync(join(folder, "xla")).sort()).toEqual([".new.part", "a.xla", "b.xla"]);
});

test("write() tells once that nothing can be kept, and throws nothing", () => {
  const failures: string[] = [];
  writeFileSync(join(folder, "file"), "");
  const cache = openDiskCache({ folder: join(folder, "file", "xla"), maxBytes: 100, onFailure: (words) => failures.push(words) });
  cache.write("a", bytes(10));
  cache.write("b", bytes(10));
  expect(failures).toHaveLength(1);
  expect(cache.find("a")).toBeUndefined();
});

test("createCacheKey() tells lists of parts apart", () => {
  expect(createCacheKey(["ab", "c"])).not.toBe(createCacheKey(["a", "bc"]));
  expect(createCacheKey(["a"])).toBe(createCacheKey(["a"]));
});
