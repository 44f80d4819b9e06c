import { expect, test } from "bun:test";
import { chmod, mkdir, readdir, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { extractAsset, type WriteBytes } from "../../src/runtime/extract.ts";
import { resolveAssetFolder, resolveAssetPath } from "../../src/runtime/layout.ts";
import { isExtracted } from "../../src/runtime/receipt.ts";
import { catchError, createBytes, packFile, packFolder, withFolder, withoutPrivileges } from "./packed-asset.ts";


test("extractAsset() writes the file, executable and read-only, when the home does not exist yet", () =>
  withFolder(async (folder) => {
    const home = join(folder, "new", "home");
    const { info, source, content } = await packFile(createBytes(3_000_000));
    await extractAsset({ info, source, home });
    const path = resolveAssetPath(home, info);
    expect(path).toBe(join(home, "runtime", info.sha256, "libsample.so.1"));
    expect(Buffer.compare(await Bun.file(path).bytes(), content)).toBe(0);
    expect((await stat(path)).mode & 0o777).toBe(0o555);
    expect((await stat(resolveAssetFolder(home, info))).mode & 0o777).toBe(0o755);
    expect(await readdir(join(home, "runtime"))).toEqual([info.sha256]);
  }));

test("extractAsset() writes the whole file when the asset is several frames", () =>
  withFolder(async (home) => {
    const { info, content } = await packFile(createBytes(3_000_000));
    const pieces = [content.slice(0, 1_000_001), content.slice(1_000_001, 2_000_000), content.slice(2_000_000)];
    const source = new Blob(await Promise.all(pieces.map((piece) => Bun.zstdCompress(piece))));
    await extractAsset({ info, source, home });
    expect(Buffer.compare(await Bun.file(resolveAssetPath(home, info)).bytes(), content)).toBe(0);
  }));

test("extractAsset() writes every file below a folder of the asset's name when the asset is a tar", () =>
  withFolder(async (home) => {
    const { info, source } = await packFolder({ "model.onnx": "weights", "1_Pooling/config.json": "{}" });
    await extractAsset({ info, source, home });
    const path = resolveAssetPath(home, info);
    expect(path).toEndWith("/default-model");
    expect(await Bun.file(join(path, "model.onnx")).text()).toBe("weights");
    expect(await Bun.file(join(path, "1_Pooling", "config.json")).text()).toBe("{}");
    expect((await stat(join(path, "model.onnx"))).mode & 0o777).toBe(0o444);
  }));

for (const [how, damage] of [
  ["is cut short", async (path: string) => Bun.write(path, "short")],
  ["has one other byte", async (path: string) => Bun.write(path, createBytes(5000, 2))],
  ["is a folder", async (path: string) => (await Bun.file(path).delete(), mkdir(path))],
] as const) {
  test(`extractAsset() replaces the asset when its file ${how}`, () =>
    withFolder(async (home) => {
      const { info, source, content } = await packFile(createBytes(5000));
      await extractAsset({ info, source, home });
      const path = resolveAssetPath(home, info);
      await chmod(path, 0o755);
      await damage(path);
      expect(await isExtracted(resolveAssetFolder(home, info), info, { byHash: true })).toBe(false);
      await extractAsset({ info, source, home });
      expect(Buffer.compare(await Bun.file(path).bytes(), content)).toBe(0);
      expect(await readdir(join(home, "runtime"))).toEqual([info.sha256]);
    }));
}

test("extractAsset() replaces the asset when its receipt is gone", () =>
  withFolder(async (home) => {
    const { info, source } = await packFile(createBytes(5000));
    await extractAsset({ info, source, home });
    const folder = resolveAssetFolder(home, info);
    await Bun.file(join(folder, "receipt.json")).delete();
    expect(await isExtracted(folder, info, { byHash: false })).toBe(false);
    await extractAsset({ info, source, home });
    expect(await isExtracted(folder, info, { byHash: false })).toBe(true);
  }));

test("isExtracted() hashes and puts the time back when only the time differs", () =>
  withFolder(async (home) => {
    const { info, source } = await packFile(createBytes(5000));
    await extractAsset({ info, source, home });
    const path = resolveAssetPath(home, info);
    const before = (await stat(path)).mtimeMs;
    await utimes(path, 1000, 1000);
    expect(await isExtracted(resolveAssetFolder(home, info), info, { byHash: false })).toBe(true);
    expect((await stat(path)).mtimeMs).toBe(before);
    await chmod(path, 0o755);
    await Bun.write(path, createBytes(5000, 2));
    await utimes(path, 1000, 1000);
    expect(await isExtracted(resolveAssetFolder(home, info), info, { byHash: false })).toBe(false);
  }));

test("extractAsset() says what is needed and free, and leaves nothing, when the disk is full", () =>
  withFolder(async (home) => {
    const { info, source } = await packFile(createBytes(3_000_000));
    const write: WriteBytes = async () => {
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    };
    const { code, message, hint } = await catchError(() => extractAsset({ info, source, home, write }));
    const runtime = join(home, "runtime");
    expect(code).toBe("disk_full");
    expect(message.replace(/\d+ free$/, "N free")).toBe(
      `Cannot extract "libonnxruntime" to "${runtime}": 3000000 bytes needed, N free`,
    );
    expect(hint).toBe("Free some space, or set TERMITE_HOME (or --home) to a folder on another file system");
    expect(await readdir(runtime)).toEqual([]);
  }));

test("extractAsset() refuses before the first byte when the asset is larger than the disk", () =>
  withFolder(async (home) => {
    const { info, source } = await packFile(createBytes(1000));
    const huge = { ...info, sizeBytes: Number.MAX_SAFE_INTEGER };
    const write: WriteBytes = async () => {
      throw new Error("wrote");
    };
    const { code } = await catchError(() => extractAsset({ info: huge, source, home, write }));
    expect(code).toBe("disk_full");
  }));

for (const [how, spoil] of [
  ["has other content", (info: object) => ({ info: { ...info, sha256: "0".repeat(64) } })],
  ["is longer than it should be", (info: object) => ({ info: { ...info, sizeBytes: 10 } })],
  ["is no zstd frame", () => ({ source: new Blob(["this is no zstd frame"]) })],
] as const) {
  test(`extractAsset() refuses and leaves nothing when the embedded asset ${how}`, () =>
    withFolder(async (home) => {
      const packed = await packFile(createBytes(5000));
      const options = { ...packed, home, ...spoil(packed.info) } as Parameters<typeof extractAsset>[0];
      expect(await catchError(() => extractAsset(options))).toEqual({
        code: "asset_damaged",
        message: 'Cannot extract "libonnxruntime": its content in the executable is damaged',
        hint: "Download or build the executable again",
      });
      expect(await readdir(join(home, "runtime"))).toEqual([]);
    }));
}

test("extractAsset() names the path when the home is a file", () =>
  withFolder(async (folder) => {
    const home = join(folder, "home");
    await Bun.write(home, "");
    const { info, source } = await packFile(createBytes(1000));
    expect(await catchError(() => extractAsset({ info, source, home }))).toEqual({
      code: "home_not_writable",
      message: `Cannot write to "${home}/runtime": a part of this path is a file; set TERMITE_HOME (or --home) to a folder that you can write to`,
      hint: undefined,
    });
  }));

test("extractAsset() names the path when the home is read-only, and needs no write when all is there", () =>
  withFolder(async (home) => {
    const there = await packFile(createBytes(1000));
    const absent = await packFile(createBytes(1000, 2));
    await extractAsset({ info: there.info, source: there.source, home });
    await chmod(home, 0o555);
    await chmod(join(home, "runtime"), 0o555);
    await withoutPrivileges(async () => {
      const refused = await catchError(() => Bun.write(join(home, "runtime", "probe"), ""));
      expect(refused.code).toBe("EACCES");
      expect(await catchError(() => extractAsset({ info: absent.info, source: absent.source, home }))).toEqual({
        code: "home_not_writable",
        message: `Cannot write to "${home}/runtime": permission denied; set TERMITE_HOME (or --home) to a folder that you can write to`,
        hint: undefined,
      });
      await extractAsset({ info: there.info, source: there.source, home });
    });
    await chmod(home, 0o755);
    await chmod(join(home, "runtime"), 0o755);
  }));
