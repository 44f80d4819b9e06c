import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createFolderSource } from "../../../src/plugins/download/folder-source.ts";
import { makeLockedWheel } from "../../fixtures/plugins/make-lock.ts";
import { makeWheel } from "../../fixtures/plugins/make-wheel.ts";

const made = makeWheel({ name: "demo", version: "1.0", files: { "demo/a.txt": "a\n" } });
const wheel = await makeLockedWheel(made);

describe("createFolderSource()", () => {
  test("finds a wheel in a folder, named by a path or an address", async () => {
    const folder = mkdtempSync(join(tmpdir(), "termite-folder-"));
    try {
      const path = join(folder, made.file);
      writeFileSync(path, made.bytes);
      expect(await createFolderSource(folder).open(wheel, {})).toEqual({ kind: "file", path });
      expect(await createFolderSource(pathToFileURL(folder)).open(wheel, { offline: true })).toEqual({ kind: "file", path });
      writeFileSync(path, "short");
      await expect(createFolderSource(folder).open(wheel, {})).rejects.toThrow(
        `Cannot use "${path}": found 5 bytes, need ${made.bytes.length}`,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("makes an address of a folder behind http, and none when it is offline", async () => {
    const source = createFolderSource(new URL("https://files.example/wheels?token=1"));
    expect(source.name).toBe("https://files.example/wheels/");
    expect(await source.open({ ...wheel, file: "demo+cu13.whl" }, {})).toMatchObject({
      kind: "http", url: new URL("https://files.example/wheels/demo%2Bcu13.whl"),
    });
    await expect(source.open(wheel, { offline: true })).rejects.toThrow(
      'Cannot fetch "https://files.example/wheels/": termite is offline',
    );
    await expect(createFolderSource(new URL("http://files.example/")).open(wheel, {})).rejects.toThrow(
      'Cannot fetch "http://files.example/": found "http:", need https',
    );
  });
});
