import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askPjrtVersion, readPjrtVersion } from "../../../scripts/plugins-lock/pjrt-version.ts";
import { PLUGIN_PATH } from "../../fixtures/pjrt-plugin.ts";
import { makeElf } from "../../fixtures/plugins/make-elf.ts";
import { makeWheel, writeWheels } from "../../fixtures/plugins/make-wheel.ts";
import { catchError } from "../../net/serve-loopback.ts";

let folder: string;
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "termite-pjrt-version-"))));
afterEach(() => rm(folder, { recursive: true }));

test("askPjrtVersion() asks the library itself", async () => {
  expect(await askPjrtVersion(PLUGIN_PATH, "plugin.so")).toBe("0.115");
}, 30_000);

describe("readPjrtVersion()", () => {
  const wheel = makeWheel({ name: "demo", version: "1.0", files: { "demo/plugin.so": makeElf() } });

  test("unpacks the library, says what its loader said, and leaves nothing behind", async () => {
    await writeWheels(folder, [wheel]);
    const error = await catchError(readPjrtVersion(join(folder, wheel.file), "demo/plugin.so", join(folder, "work")));
    expect(String(error)).toStartWith('Error: Cannot ask "demo/plugin.so" for its version: exit code 1, ');
    expect(String(error)).toContain("Cannot open the PJRT plugin: ");
    expect(await readdir(join(folder, "work"))).toEqual([]);
  });

  test("names a library that is not in the wheel", async () => {
    await writeWheels(folder, [wheel]);
    const path = join(folder, wheel.file);
    const error = await catchError(readPjrtVersion(path, "demo/other.so", folder));
    expect(error).toEqual(new Error(`Cannot ask "demo/other.so" for its version: it is not in "${path}"`));
  });
});
