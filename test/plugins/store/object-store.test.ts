import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openObjectStore } from "../../../src/plugins/store/object-store.ts";
import { hashText, usePluginsDirs } from "./make-plugin.ts";

const createDir = usePluginsDirs();
const TEXT = "some bytes";
const OBJECT = { sha256: hashText(TEXT), sizeBytes: TEXT.length, mode: 0o444 };

function writePart(pluginsDir: string, text = TEXT): string {
  mkdirSync(join(pluginsDir, ".partial"), { recursive: true });
  const path = join(pluginsDir, ".partial/part");
  writeFileSync(path, text);
  return path;
}

describe("commit()", () => {
  test.each([0o444, 0o555])("makes a read-only file with mode %o when none is there", async (mode) => {
    const pluginsDir = createDir();
    const objects = openObjectStore(pluginsDir);
    const part = writePart(pluginsDir);
    expect(objects.has({ ...OBJECT, mode })).toBeFalse();
    await objects.commit(part, { ...OBJECT, mode });
    expect(objects.has({ ...OBJECT, mode })).toBeTrue();
    expect([statSync(objects.path({ ...OBJECT, mode })).mode & 0o7777, existsSync(part)]).toEqual([mode, false]);
  });

  test("keeps one object a mode when the bytes are the same", async () => {
    const pluginsDir = createDir();
    const objects = openObjectStore(pluginsDir);
    for (const mode of [0o444, 0o555]) await objects.commit(writePart(pluginsDir), { ...OBJECT, mode });
    expect(readdirSync(join(pluginsDir, ".objects/sha256")).sort()).toEqual([OBJECT.sha256, `${OBJECT.sha256}.x`]);
  });

  test("keeps the object when it is there and right", async () => {
    const pluginsDir = createDir();
    const objects = openObjectStore(pluginsDir);
    await objects.commit(writePart(pluginsDir), OBJECT);
    const { ino } = statSync(objects.path(OBJECT));
    await objects.commit(writePart(pluginsDir), OBJECT);
    expect([statSync(objects.path(OBJECT)).ino, readdirSync(join(pluginsDir, ".partial"))]).toEqual([ino, []]);
  });

  test("replaces the object when its bytes are others of the same length", async () => {
    const pluginsDir = createDir();
    const objects = openObjectStore(pluginsDir);
    await objects.commit(writePart(pluginsDir), OBJECT);
    chmodSync(objects.path(OBJECT), 0o644);
    writeFileSync(objects.path(OBJECT), "SOME BYTES");
    chmodSync(objects.path(OBJECT), 0o444);
    await objects.commit(writePart(pluginsDir), OBJECT);
    expect(readFileSync(objects.path(OBJECT), "utf8")).toBe(TEXT);
  });

  test("refuses a file when it is not whole", async () => {
    const pluginsDir = createDir();
    const part = writePart(pluginsDir, "some");
    const committing = openObjectStore(pluginsDir).commit(part, OBJECT);
    await expect(committing).rejects.toThrow("Cannot keep a file: found 4 bytes, need 10");
  });
});

describe("has()", () => {
  const damages: [string, (path: string) => void][] = [
    ["another size", (path) => { chmodSync(path, 0o644); writeFileSync(path, "more than some bytes"); chmodSync(path, 0o444); }],
    ["another mode", (path) => chmodSync(path, 0o644)],
    ["a link", (path) => { Bun.spawnSync(["mv", path, `${path}.moved`]); symlinkSync(`${path}.moved`, path); }],
    ["another owner", (path) => { Bun.spawnSync(["chown", "4242", path]); }],
  ];
  test.each(damages)("is false when the object is or has %s", async (name, damage) => {
    if (name === "another owner" && process.getuid?.() !== 0) return;
    const pluginsDir = createDir();
    const objects = openObjectStore(pluginsDir);
    await objects.commit(writePart(pluginsDir), OBJECT);
    damage(objects.path(OBJECT));
    expect(objects.has(OBJECT)).toBeFalse();
  });

  test("is false and makes nothing when there is no store", () => {
    const pluginsDir = createDir();
    expect([openObjectStore(pluginsDir).has(OBJECT), existsSync(pluginsDir)]).toEqual([false, false]);
  });
});

test("path() refuses what is no sha256", () => {
  const path = (): string => openObjectStore(createDir()).path({ sha256: "../../etc/passwd", mode: 0o444 });
  expect(path).toThrow('Cannot name an object: found sha256 "../../etc/passwd"');
});
