import { afterAll, describe, expect, test } from "bun:test";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileSystem } from "../../src/ffi/file-system.ts";

const root = mkdtempSync(join(tmpdir(), "termite-file-system-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("lock()", () => {
  test("lets readers share and keeps writers out until the last one closes", () => {
    const path = join(root, "lock");
    writeFileSync(path, "");
    const [one, two, three] = [openSync(path, "r"), openSync(path, "r"), openSync(path, "r")];
    const files = openFileSystem();
    expect([files.lock(one, "shared"), files.lock(two, "shared"), files.lock(three, "exclusive")]).toEqual([true, true, false]);
    closeSync(one);
    expect(files.lock(three, "exclusive")).toBeFalse();
    closeSync(two);
    expect([files.lock(three, "exclusive"), files.lock(three, "shared")]).toEqual([true, true]);
    closeSync(three);
  });

  test("is over when it is unlocked and the file is still open", () => {
    const path = join(root, "unlocked");
    writeFileSync(path, "");
    const [one, two] = [openSync(path, "r"), openSync(path, "r")];
    const files = openFileSystem();
    files.lock(one, "exclusive");
    files.unlock(one);
    expect(files.lock(two, "exclusive")).toBeTrue();
    for (const fd of [one, two]) closeSync(fd);
  });

  test("throws the status when the file is not open", () => {
    expect(() => openFileSystem().lock(99_999, "shared")).toThrow("Cannot lock a file: flock failed with errno 9");
    expect(() => openFileSystem().unlock(99_999)).toThrow("Cannot unlock a file: flock failed with errno 9");
  });
});

describe("exchange()", () => {
  test("lets two folders trade places", () => {
    for (const name of ["a", "b"]) mkdirSync(join(root, name));
    writeFileSync(join(root, "a/mine"), "");
    expect(openFileSystem().exchange(join(root, "a"), join(root, "b"))).toBeTrue();
    expect([readdirSync(join(root, "a")), readdirSync(join(root, "b"))]).toEqual([[], ["mine"]]);
  });

  test("throws the status when one is not there", () => {
    const exchange = (): boolean => openFileSystem().exchange(root, join(root, "none"));
    expect(exchange).toThrow("Cannot exchange two folders: renameat2 failed with errno 2");
  });
});
